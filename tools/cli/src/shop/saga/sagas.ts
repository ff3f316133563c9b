import type { SagaDetails, SagaIntervention, SagaList } from '@souk/contracts';
import { CliError } from '../../errors.ts';
import { soukCommand } from '../../souk-command.ts';
import { ApiClient, ApiError } from '../api-client.ts';

/** What of a shop these commands need. */
export interface SagaShop {
  readonly instance: string;
  readonly gatewayUrl: string;
  readonly token: (user: string) => Promise<string>;
}

const PATH = '/api/admin/sagas';
const ADMIN = 'admin';

/** The sagas of a shop, through its public API as its administrator. */
export class SagaClient {
  readonly #shop: SagaShop;
  readonly #api: ApiClient;

  constructor(shop: SagaShop, api = new ApiClient(shop.gatewayUrl, shop.instance)) {
    this.#shop = shop;
    this.#api = api;
  }

  async list(state: string, limit: number): Promise<SagaList> {
    return this.#ask<SagaList>(200, 'GET', `?${new URLSearchParams({ state, limit: String(limit) })}`);
  }

  async show(orderId: string): Promise<SagaDetails> {
    return this.#ofOrder(orderId, () => this.#ask<SagaDetails>(200, 'GET', `/${encodeURIComponent(orderId)}`));
  }

  async retry(orderId: string): Promise<SagaIntervention> {
    return this.#ofOrder(orderId, () =>
      this.#ask<SagaIntervention>(202, 'POST', `/${encodeURIComponent(orderId)}/retry`),
    );
  }

  async abandon(orderId: string, reason: string): Promise<SagaIntervention> {
    return this.#ofOrder(orderId, () =>
      this.#ask<SagaIntervention>(202, 'POST', `/${encodeURIComponent(orderId)}/abandon`, { reason }),
    );
  }

  async #ask<T>(status: number, method: string, rest: string, body?: object): Promise<T> {
    const token = await this.#shop.token(ADMIN);
    return this.#api.expect<T>([status], method, PATH + rest, { token, ...(body && { body }) });
  }

  /** Says what to do where the general hint of the API client would not. */
  async #ofOrder<T>(orderId: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof ApiError ? error.problem.code : undefined;
      const saga = (rest: string): string => soukCommand(this.#shop.instance, `saga ${rest}`);
      if (code === 'order-not-found')
        throw new CliError(`there is no order ${orderId}`, 'the shop knows no such id', saga('list'), { cause: error });
      if (code !== 'saga-not-parked') throw error;
      const why = 'its saga needs nobody: it goes on by itself, or has ended';
      throw new CliError(`order ${orderId} cannot be abandoned`, why, saga(`show ${orderId}`), { cause: error });
    }
  }
}
