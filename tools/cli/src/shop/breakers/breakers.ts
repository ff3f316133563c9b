import type { BreakerAction, BreakerList, BreakerView } from '@souk/contracts';
import { CliError } from '../../errors.ts';
import { soukCommand } from '../../souk-command.ts';
import { ApiClient, ApiError } from '../api-client.ts';

export type Action = BreakerAction;

/** What of a shop these commands need. */
export interface BreakerShop {
  readonly instance: string;
  readonly gatewayUrl: string;
  readonly token: (user: string) => Promise<string>;
}

const PATH = '/api/admin/breakers';
const ADMIN = 'admin';

/** The circuits of a shop, through its public API as its administrator. */
export class BreakerClient {
  readonly #shop: BreakerShop;
  readonly #api: ApiClient;

  constructor(shop: BreakerShop, api = new ApiClient(shop.gatewayUrl, shop.instance)) {
    this.#shop = shop;
    this.#api = api;
  }

  async list(): Promise<BreakerList> {
    return this.#api.expect<BreakerList>([200], 'GET', PATH, { token: await this.#shop.token(ADMIN) });
  }

  async act(name: string, action: Action): Promise<BreakerView> {
    const token = await this.#shop.token(ADMIN);
    try {
      const path = `${PATH}/${encodeURIComponent(name)}/${action}`;
      return await this.#api.expect<BreakerView>([200], 'POST', path, { token });
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem.code !== 'breaker-not-found') throw error;
      const list = soukCommand(this.#shop.instance, 'breakers list');
      throw new CliError(`there is no breaker '${name}'`, 'neither the gateway nor the ambassador has it', list, {
        cause: error,
      });
    }
  }
}
