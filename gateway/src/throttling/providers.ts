import type { OnApplicationShutdown, Provider } from '@nestjs/common';
import { valkeyUrl, WatchedFile } from '@souk/config';
import type { GatewaySettings } from '@souk/contracts';
import { Metrics } from '@souk/observability';
import { AppLogger, WatchedFiles } from '@souk/service-kit';
import type { GatewayConfig } from '../config.js';
import { trustedProxiesOf } from '../gatekeeper/defences.js';
import { ClientAddresses } from '../offloading/client-address.js';
import { ApiKeys, parseApiKeys } from './api-keys.js';
import { Blocks } from './blocks.js';
import { CallerAddress } from './caller-address.js';
import { CallerThrottle } from './caller-throttle.js';
import { Ledger } from './ledger.js';
import { ThrottleDesk } from './throttle-desk.js';
import { sharedStateMetrics, ThrottleMetrics } from './throttle-metrics.js';
import { ThrottleStore } from './throttle-store.js';
import { NoThrottle } from './throttle.naive.js';
import { Throttle } from './throttle.js';
import { ValkeyStore } from './valkey-store.js';

const REFRESH_MS = 1_000;
const epochMs = (): number => Date.now();

/** What others decide about blocks comes in here every second. */
class BlockRefresh implements OnApplicationShutdown {
  readonly #timer: NodeJS.Timeout;

  constructor(blocks: Blocks) {
    this.#timer = setInterval(() => void blocks.refresh(epochMs), REFRESH_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }
}

type Config = Pick<
  GatewayConfig,
  'SOUK_VARIANTS' | 'TRUSTED_PROXIES' | 'API_KEYS_FILE' | 'VALKEY_URL' | 'VALKEY_PASSWORD_FILE'
>;

/** The part of the composition root that is about limits of callers. */
export const throttlingProviders = (
  config: Config,
  settings: { readonly value: GatewaySettings },
  given?: ThrottleStore,
): Provider[] => [
  {
    provide: ThrottleStore,
    inject: [AppLogger],
    useFactory: (logger: AppLogger): ThrottleStore | undefined => {
      const url = valkeyUrl(config);
      if (given !== undefined || url === undefined) return given;
      return new ValkeyStore(url, epochMs, (err) => logger.warn({ err }, 'Valkey is away: limits are per process'));
    },
  },
  {
    provide: Blocks,
    inject: [ThrottleStore],
    useFactory: (store?: ThrottleStore) => new Blocks(store),
  },
  {
    provide: Ledger,
    inject: [ThrottleStore],
    useFactory: (store?: ThrottleStore) => new Ledger(epochMs, store),
  },
  {
    provide: BlockRefresh,
    inject: [Blocks],
    useFactory: (blocks: Blocks) => new BlockRefresh(blocks),
  },
  {
    provide: ThrottleDesk,
    inject: [Ledger, Blocks],
    useFactory: (ledger: Ledger, blocks: Blocks) => new ThrottleDesk(ledger, blocks, epochMs),
  },
  {
    provide: Throttle,
    inject: [Ledger, Blocks, Metrics, WatchedFiles],
    useFactory: (ledger: Ledger, blocks: Blocks, metrics: Metrics, files: WatchedFiles): Throttle => {
      if (config.SOUK_VARIANTS.includes('throttle-off')) return new NoThrottle();
      sharedStateMetrics(metrics, { blocks, ledger, now: epochMs });
      return new CallerThrottle({
        settings,
        ledger,
        blocks,
        apiKeys: apiKeys(config, files),
        addresses: new CallerAddress(new ClientAddresses(trustedProxiesOf(config))),
        metrics: new ThrottleMetrics(metrics),
        now: epochMs,
      });
    },
  },
];

function apiKeys({ API_KEYS_FILE: file }: Config, files: WatchedFiles): ApiKeys {
  if (file === undefined) return new ApiKeys();
  const keys = new WatchedFile({ name: 'api-keys', file, parse: parseApiKeys, fallback: new Map<string, string>() });
  files.follow(keys, (known) => ({ holders: [...known.values()] }));
  return new ApiKeys(keys);
}
