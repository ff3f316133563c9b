import type { DeadLetter, DeadLetterDetails, DeadLetterList, DeadLetterResult } from '@souk/contracts';
import { CliError } from '../../errors.ts';
import { soukCommand } from '../../souk-command.ts';
import { ApiClient, ApiError } from '../api-client.ts';

/** Which dead letters are meant. */
export interface Wish {
  readonly service?: string;
  readonly topic?: string;
  readonly key?: string;
}

export type Action = 'replay' | 'discard';

/** What of a shop these commands need. */
export interface DeadLetterShop {
  readonly instance: string;
  readonly gatewayUrl: string;
  readonly token: (user: string) => Promise<string>;
}

/** What came of one letter; `gone` when somebody else was faster. */
export interface Settled extends Omit<DeadLetterResult, 'outcome'> {
  readonly outcome: DeadLetterResult['outcome'] | 'gone';
}

const PATH = '/api/admin/dead-letters';
const ADMIN = 'admin';
const MOST = 500;

/** The dead letters of a shop, through its public API as its administrator. */
export class DeadLetterClient {
  readonly #shop: DeadLetterShop;
  readonly #api: ApiClient;

  constructor(shop: DeadLetterShop, api = new ApiClient(shop.gatewayUrl, shop.instance)) {
    this.#shop = shop;
    this.#api = api;
  }

  async list({ service, topic, key }: Wish, limit = MOST): Promise<DeadLetterList> {
    const given = Object.entries({ service, topic, key, limit: String(limit) }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as [string, string]],
    );
    const token = await this.#shop.token(ADMIN);
    return this.#api.expect<DeadLetterList>([200], 'GET', `${PATH}?${new URLSearchParams(given)}`, { token });
  }

  /** @param id its id, or enough of its beginning to name one */
  async find(id: string, wish: Wish = {}): Promise<DeadLetter> {
    const { items, missing } = await this.list(wish);
    const exact = items.filter((item) => item.id === id);
    const [found, another] = exact.length > 0 ? exact : items.filter((item) => item.id.startsWith(id));
    if (found !== undefined && another === undefined) return found;
    const list = soukCommand(this.#shop.instance, 'dlq list');
    if (found !== undefined && another !== undefined) {
      const fix = exact.length > 1 ? 'name the service with --service' : `write more of the id; see ${list}`;
      throw new CliError(`'${id}' names several dead letters`, `${found.id} of ${found.service} is one of them`, fix);
    }
    const silent = missing.map(({ service }) => service).join(', ');
    const why = silent === '' ? 'it was replayed or discarded, or never was' : `${silent} did not answer`;
    throw new CliError(`there is no dead letter '${id}'`, why, list);
  }

  async show({ service, id }: DeadLetter): Promise<DeadLetterDetails> {
    const token = await this.#shop.token(ADMIN);
    return this.#api.expect<DeadLetterDetails>([200], 'GET', `${PATH}/${service}/${id}`, { token });
  }

  async settle({ service, id, waiting }: DeadLetter, action: Action): Promise<Settled> {
    const token = await this.#shop.token(ADMIN);
    try {
      return await this.#api.expect<DeadLetterResult>([200], 'POST', `${PATH}/${service}/${id}/${action}`, { token });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      return { id, service, action, outcome: 'gone', applied: 0, waiting, blockedBy: null };
    }
  }
}
