import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Directory } from './directory.js';
import type { Refusal } from '../domain/users.js';
import { newGrant, RESOURCE } from './grants.js';

export interface DeviceApproval {
  readonly people: Directory;
  /** Off: a person must open the verification page, as with any provider. */
  readonly isOn: () => boolean;
}

type Middleware = (ctx: KoaContextWithOIDC, next: () => Promise<unknown>) => Promise<void>;

/** A device that says at once who its person is (login_hint) is believed: what makes `./souk token alice` possible. */
export function approveDevices({ people, isOn }: DeviceApproval): Middleware {
  return async (ctx, next) => {
    await next();
    const { route, params, entities } = ctx.oidc ?? {};
    const hint = params?.['login_hint'];
    const code = entities?.DeviceCode;
    if (route !== 'device_authorization' || ctx.status !== 200 || code === undefined) return;
    if (hint === undefined || !isOn()) return;
    const signIn = people.signIn(hint);
    if ('user' in signIn) {
      const accountId = people.subjectOf(signIn.user);
      const grant = await newGrant(ctx, accountId);
      const authTime = Math.floor(Date.now() / 1_000);
      Object.assign(code, {
        accountId,
        grantId: grant.jti,
        authTime,
        resource: RESOURCE,
        scope: scopeOf(ctx),
      });
    } else {
      Object.assign(code, { error: 'access_denied', errorDescription: REFUSALS[signIn.refused] });
    }
    await code.save();
  };
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  'not-a-name': 'login_hint is not a user name: 1 to 40 of a-z, 0-9 and -',
  reserved: 'the shop calls those anonymous who are not signed in; choose another name',
  removed: 'this user was removed',
  'too-many-users': 'the simulator knows too many users; restart it',
};

const scopeOf = ({ oidc }: KoaContextWithOIDC): string =>
  String(oidc.params?.['scope'] ?? '')
    .split(' ')
    .filter((scope) => scope !== '')
    .join(' ');
