import type { GatewayConfig } from '../config.js';
import type { Sessions } from '../identity/sessions.js';
import type { Tenants } from '../identity/tenants.js';
import { PROXIES } from '../offloading/client-address.naive.js';
import type { Throttle } from '../throttling/throttle.js';
import { checkCsrf } from './csrf.js';
import { trustCookies } from './csrf.naive.js';
import { Gatekeeper } from './gatekeeper.js';
import { RolelessGatekeeper } from './gatekeeper.naive.js';
import { type OutgoingHeaders, outgoingHeaders } from './header-lists.js';
import { allButIdentity, asConnectionSays, everyHeader } from './header-lists.naive.js';
import type { InternalTokens } from './internal-tokens.js';
import type { PublicTokens, TokenCheck } from './public-tokens.js';
import { asItSays, atAnyTime, forAnybody, fromAnybody } from './token-check.naive.js';

type Variants = GatewayConfig['SOUK_VARIANTS'];

/** The part of the composition root that knows the weakened forms of what the gatekeeper does (docs/security.md). */
export function gatekeeperOf(
  variants: Variants,
  ...parts: [PublicTokens, InternalTokens, Pick<Sessions, 'find'>, Throttle, Pick<Tenants, 'admits'>]
): Gatekeeper {
  const csrf = variants.includes('csrf-unchecked') ? trustCookies : checkCsrf;
  return variants.includes('role-unchecked') ? new RolelessGatekeeper(...parts, csrf) : new Gatekeeper(...parts, csrf);
}

/** Undefined: as the library does it. */
export function tokenCheckOf(variants: Variants): TokenCheck | undefined {
  if (variants.includes('audience-unchecked')) return forAnybody;
  if (variants.includes('issuer-unchecked')) return fromAnybody;
  if (variants.includes('expiry-unchecked')) return atAnyTime;
  return variants.includes('algorithm-unpinned') ? asItSays : undefined;
}

export function outgoingOf(variants: Variants): OutgoingHeaders {
  if (variants.includes('identity-headers-passed')) return everyHeader;
  if (variants.includes('underscore-headers-passed')) return allButIdentity;
  return variants.includes('connection-header-obeyed') ? asConnectionSays : outgoingHeaders;
}

/** Whose `X-Forwarded-*` headers are believed. */
export const trustedProxiesOf = (
  config: Pick<GatewayConfig, 'SOUK_VARIANTS' | 'TRUSTED_PROXIES'>,
): readonly string[] => (config.SOUK_VARIANTS.includes('forwarded-believed') ? PROXIES : config.TRUSTED_PROXIES);
