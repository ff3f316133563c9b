import type { SagaDetails, SagaIntervention, SagaList } from '@souk/contracts';
import { CliError } from '../../errors.ts';
import { soukCommand } from '../../souk-command.ts';
import { AdminApi } from '../admin-api.ts';
import type { AdministeredShop } from '../admin-api.ts';
import { ApiError } from '../api-client.ts';
import type { ApiClient } from '../api-client.ts';

const PATH = '/api/admin/sagas';

/** The sagas of a shop, through its public API as its administrator. */
export class SagaClient {
  readonly #api: AdminApi;

  constructor(shop: AdministeredShop, api?: ApiClient) {
    this.#api = new AdminApi(shop, PATH, api);
  }

  async list(state: string, limit: number): Promise<SagaList> {
    return this.#api.expect<SagaList>(200, 'GET', `?${new URLSearchParams({ state, limit: String(limit) })}`);
  }

  async show(orderId: string): Promise<SagaDetails> {
    return this.#ofOrder(orderId, () => this.#api.expect<SagaDetails>(200, 'GET', `/${encodeURIComponent(orderId)}`));
  }

  async retry(orderId: string): Promise<SagaIntervention> {
    return this.#ofOrder(orderId, () =>
      this.#api.expect<SagaIntervention>(202, 'POST', `/${encodeURIComponent(orderId)}/retry`),
    );
  }

  async abandon(orderId: string, reason: string): Promise<SagaIntervention> {
    return this.#ofOrder(orderId, () =>
      this.#api.expect<SagaIntervention>(202, 'POST', `/${encodeURIComponent(orderId)}/abandon`, { reason }),
    );
  }

  /** Says what to do where the general hint of the API client would not. */
  async #ofOrder<T>(orderId: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof ApiError ? error.problem.code : undefined;
      const saga = (rest: string): string => soukCommand(this.#api.instance, `saga ${rest}`);
      if (code === 'order-not-found')
        throw new CliError(`there is no order ${orderId}`, 'the shop knows no such id', saga('list'), { cause: error });
      if (code !== 'saga-not-parked') throw error;
      const why = 'its saga needs nobody: it goes on by itself, or has ended';
      throw new CliError(`order ${orderId} cannot be abandoned`, why, saga(`show ${orderId}`), { cause: error });
    }
  }
}
