import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Variant } from '@souk/config';
import type { ServiceName } from '../../../tools/cli/src/ports.ts';
import { serviceUrl } from '../../../tools/cli/src/shop-processes.ts';
import { Echo } from './echo.ts';
import { type Extra, freePorts, startExtra } from './process.ts';
import { instance } from './shop.ts';
import { Tokens } from './tokens.ts';

/** The services behind the gateway that answer HTTP. */
export const BEHIND = ['catalog', 'inventory', 'order', 'order-query', 'recommendation'] as const;
export type Behind = (typeof BEHIND)[number];

/** What stands behind the door: an echo in the place of every service, or the services of the shop. */
export type Arrangement = 'echo' | 'shop';

/** A way into the shop that is tried out. */
export interface Door {
  /** Base URL of the gateway. */
  readonly url: string;
  /** Base URLs of the services, past the gateway; at an echo door all of them are the echo. */
  readonly services: Readonly<Record<Behind, string>>;
  /** What got through; at a shop door it has nothing to do. */
  readonly echo: Echo;
  readonly tokens: Tokens;
  /** What the process that may be weakened has logged: the gateway, or the weakened service. Empty at the shop's own doors. */
  log(): string;
  /** Of the same process; 0 at the shop's own doors. */
  readonly pid: number;
  close(): Promise<void>;
}

export interface Weakness {
  readonly variant: Variant;
  /** Whose variant it is. A weakened service is reached past the gateway alone. */
  readonly service: 'gateway' | Behind;
}

/** Nothing but the attack itself may be refused, and every request counts: no limits, no copies, every access logged. */
const ECHO_SETTINGS = {
  limitAnonymous: 10_000_000,
  limitUser: 10_000_000,
  limitAdmin: 10_000_000,
  blockAfter: 0,
  shedFloor: 10_000,
  shedCeiling: 10_000,
  shedLoopMs: 5_000,
  responseCache: false,
  accessLogPercent: 100,
  breakerMinimumCalls: 10_000,
  corsOrigins: ['https://shop.example.org'],
};

/** Opens a door, sound or weakened in one way. Close it. */
export function openDoor(behind: Arrangement, weakness?: Weakness): Promise<Door> {
  return behind === 'echo' ? echoDoor(weakness) : shopDoor(weakness);
}

/** The one origin that an echo door lists for CORS. */
export const LISTED_ORIGIN = ECHO_SETTINGS.corsOrigins[0] ?? '';

async function echoDoor(weakness: Weakness | undefined, more: Readonly<Record<string, string>> = {}): Promise<Door> {
  const echo = await new Echo().start();
  const dir = mkdtempSync(join(tmpdir(), 'door-'));
  const file = join(dir, 'settings.yaml');
  writeFileSync(file, JSON.stringify(ECHO_SETTINGS));
  const upstreams = upstreamsAt(echo.url);
  // The echo has no management port, and nobody else may count or hear of what is tried here.
  const none = { UPSTREAM_MANAGEMENT_PORT: undefined, KAFKA_BROKERS: undefined, VALKEY_URL: undefined };
  const own = { ...upstreams, LIVE_SETTINGS_FILE: file, ...none };
  const close = async (gateway?: Extra): Promise<void> => {
    await gateway?.stop();
    await echo.stop();
    rmSync(dir, { recursive: true });
  };
  const gateway = await startExtra('gateway', { ...own, ...variantsOf(weakness), ...more }).catch(
    async (error: unknown) => {
      await close();
      throw error;
    },
  );
  return {
    url: gateway.url,
    services: urls(() => echo.url),
    echo,
    tokens: new Tokens(instance()),
    log: () => gateway.log(),
    pid: gateway.pid,
    close: () => close(gateway),
  };
}

/** The same with the gatekeeper in a process of its own in front of the gateway (docs/patterns/gatekeeper.md): what is tried meets it first. */
export async function openGuardedDoor(): Promise<Door> {
  const shop = { ...instance(), gatekeeper: true };
  const ports = await freePorts();
  const behind = await echoDoor(undefined, {
    GATEKEEPER_JWKS_URL: `http://127.0.0.1:${ports[1]}/jwks.json`,
  });
  const gatekeeper = await startExtra('gatekeeper', { GATEWAY_URL: behind.url }, { shop, ports }).catch(
    async (error: unknown) => {
      await behind.close();
      throw error;
    },
  );
  return {
    ...behind,
    url: gatekeeper.url,
    log: () => gatekeeper.log() + behind.log(),
    pid: gatekeeper.pid,
    close: async () => {
      await gatekeeper.stop();
      await behind.close();
    },
  };
}

async function shopDoor(weakness: Weakness | undefined): Promise<Door> {
  const shop = instance();
  const extra = weakness && (await startExtra(weakness.service, variantsOf(weakness)));
  const own = (name: ServiceName): string =>
    extra !== undefined && weakness?.service === name ? extra.url : serviceUrl(shop, name);
  return {
    url: own('gateway'),
    services: urls(own),
    echo: new Echo(),
    tokens: new Tokens(shop),
    log: () => extra?.log() ?? '',
    pid: extra?.pid ?? 0,
    close: async () => extra?.stop(),
  };
}

const variantsOf = (weakness: Weakness | undefined): Record<string, string> => ({
  SOUK_VARIANTS: weakness?.variant ?? '',
});

/** For a gateway: every service is at this address. */
export const upstreamsAt = (url: string): Record<string, string> =>
  Object.fromEntries(BEHIND.map((name) => [`${name.toUpperCase().replaceAll('-', '_')}_URL`, url]));

const urls = (of: (name: Behind) => string): Record<Behind, string> =>
  Object.fromEntries(BEHIND.map((name) => [name, of(name)])) as Record<Behind, string>;
