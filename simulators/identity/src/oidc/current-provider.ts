import type { Watched } from '@souk/config';
import type { Logger } from '@souk/observability';
import type { Provider } from 'oidc-provider';
import { type KeyFile, shownKeys } from '../keys/key-file.js';
import type { Counts } from '../counts.js';
import { createProvider, type ProviderOptions } from './provider.js';

export interface CurrentProviderOptions extends Omit<ProviderOptions, 'keys'> {
  readonly keys: Watched<KeyFile>;
  readonly counts: Counts;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;
}

/**
 * The provider with the keys of the moment. oidc-provider takes its keys once, so a change of keys makes a new one on the same store;
 * what the old one has begun it ends.
 */
export class CurrentProvider {
  readonly #options: CurrentProviderOptions;
  #provider: Provider;
  #serve: ReturnType<Provider['callback']>;

  constructor(options: CurrentProviderOptions) {
    this.#options = options;
    this.#provider = this.#make(options.keys.value);
    this.#serve = this.#provider.callback();
    options.keys.onChange((keys) => {
      this.#provider = this.#make(keys);
      this.#serve = this.#provider.callback();
      options.logger.info(shownKeys(keys), 'keys changed');
    });
  }

  get provider(): Provider {
    return this.#provider;
  }

  get serve(): ReturnType<Provider['callback']> {
    return this.#serve;
  }

  #make({ keys }: KeyFile): Provider {
    const { counts, logger } = this.#options;
    const provider = createProvider({ ...this.#options, keys });
    provider.on('grant.success', ({ oidc }) => {
      const grant = String(oidc.params?.['grant_type'] ?? '');
      counts.issued(grant);
      logger.debug({ user: oidc.account?.accountId, client: oidc.client?.clientId, grant }, 'tokens issued');
    });
    const refused = (ctx: { oidc: { client?: { clientId: string } | undefined } }, error: RefusalError): void => {
      counts.refused(error.error);
      // A device that asks again and again until its person has decided is no news.
      const level = error.error === 'authorization_pending' ? 'debug' : 'info';
      logger[level]({ client: ctx.oidc.client?.clientId, error: error.error, detail: detailOf(error) }, 'refused');
    };
    provider.on('grant.error', refused);
    provider.on('authorization.error', refused);
    provider.on('device_authorization.error', refused);
    provider.on('end_session.error', refused);
    provider.on('server_error', (_ctx, err) => logger.error({ err }, 'request failed'));
    return provider;
  }
}

type RefusalError = Error & {
  error: string;
  error_description?: string | undefined;
  error_detail?: string | undefined;
};

const detailOf = ({ error_detail: detail, error_description: description }: RefusalError): string | undefined =>
  detail ?? description;
