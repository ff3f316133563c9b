import type { BreakerAction, BreakerList, BreakerView } from '@souk/contracts';
import { CliError } from '../../errors.ts';
import { soukCommand } from '../../souk-command.ts';
import { AdminApi } from '../admin-api.ts';
import type { AdministeredShop } from '../admin-api.ts';
import { ApiError } from '../api-client.ts';
import type { ApiClient } from '../api-client.ts';

export type Action = BreakerAction;

const PATH = '/api/admin/breakers';

/** The circuits of a shop, through its public API as its administrator. */
export class BreakerClient {
  readonly #api: AdminApi;

  constructor(shop: AdministeredShop, api?: ApiClient) {
    this.#api = new AdminApi(shop, PATH, api);
  }

  async list(): Promise<BreakerList> {
    return this.#api.expect<BreakerList>(200, 'GET', '');
  }

  async act(name: string, action: Action): Promise<BreakerView> {
    try {
      return await this.#api.expect<BreakerView>(200, 'POST', `/${encodeURIComponent(name)}/${action}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.problem.code === 'breaker-off') throw this.#isOff(name, error);
      if (error.problem.code !== 'breaker-not-found') throw error;
      const list = soukCommand(this.#api.instance, 'breakers list');
      throw new CliError(`there is no breaker '${name}'`, 'neither the gateway nor the ambassador has it', list, {
        cause: error,
      });
    }
  }

  #isOff(name: string, cause: ApiError): CliError {
    const why = 'the gateway runs with the variant breaker-off: every call goes out, and nothing was changed';
    const fix = `without that variant: ${soukCommand(this.#api.instance, 'restart gateway')}`;
    return new CliError(`there is no breaker to hold for '${name}'`, why, fix, { cause });
  }
}
