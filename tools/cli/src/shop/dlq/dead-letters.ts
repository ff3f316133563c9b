import type { DeadLetter, DeadLetterDetails, DeadLetterList, DeadLetterResult } from '@souk/contracts';
import { CliError } from '../../errors.ts';
import { soukCommand } from '../../souk-command.ts';
import { AdminApi } from '../admin-api.ts';
import type { AdministeredShop } from '../admin-api.ts';
import { ApiError } from '../api-client.ts';
import type { ApiClient } from '../api-client.ts';

/** Which dead letters are meant. */
export interface Wish {
  readonly service?: string;
  readonly topic?: string;
  readonly key?: string;
}

export type Action = 'replay' | 'discard';

/** What came of one letter; `gone` when somebody else was faster. */
export interface Settled extends Omit<DeadLetterResult, 'outcome'> {
  readonly outcome: DeadLetterResult['outcome'] | 'gone';
}

/** What came of settling many; all of it is done only with `missing` empty, `left` 0 and every result settled. */
export interface SettledAll {
  readonly results: readonly Settled[];
  /** Services that did not answer: their letters are as they were. */
  readonly missing: DeadLetterList['missing'];
  /** Letters that nobody came to, because older ones that stay dead are before them. */
  readonly left: number;
}

const PATH = '/api/admin/dead-letters';
const MOST = 500;
/** A record, so that none can be forgotten: the schema itself is loaded only by commands that need it. */
const KEEPS: Readonly<Record<DeadLetter['service'], true>> = {
  order: true,
  inventory: true,
  'order-query': true,
  recommendation: true,
};

/** The dead letters of a shop, through its public API as its administrator. */
export class DeadLetterClient {
  readonly #api: AdminApi;

  constructor(shop: AdministeredShop, api?: ApiClient) {
    this.#api = new AdminApi(shop, PATH, api);
  }

  async list({ service, topic, key }: Wish, limit = MOST): Promise<DeadLetterList> {
    const given = Object.entries({ service, topic, key, limit: String(limit) }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as [string, string]],
    );
    return this.#api.expect<DeadLetterList>(200, 'GET', `?${new URLSearchParams(given)}`);
  }

  /** @param id its id, or enough of its beginning to name one; a beginning counts only where a list holds all there are */
  async find(id: string, wish: Wish = {}): Promise<DeadLetter> {
    const exact = await this.#exactly(id, wish);
    const [only] = exact;
    if (only !== undefined && exact.length === 1) return only;
    const { items, total, missing } = await this.list(wish);
    const [found, another] = exact.length > 0 ? exact : items.filter((item) => item.id.startsWith(id));
    const list = soukCommand(this.#api.instance, 'dlq list');
    const silent = missing.map((one) => one.service).join(', ');
    const isUnsure = total > items.length && (found !== undefined || silent === '');
    if (exact.length === 0 && another === undefined && isUnsure) {
      const why = `there are ${total}, and only the oldest ${items.length} of them were looked at`;
      throw new CliError(`'${id}' may name several dead letters, or none`, why, 'write the whole id');
    }
    if (found !== undefined && another === undefined) return found;
    if (found !== undefined && another !== undefined) {
      const fix = exact.length > 1 ? 'name the service with --service' : `write more of the id; see ${list}`;
      throw new CliError(`'${id}' names several dead letters`, `${found.id} of ${found.service} is one of them`, fix);
    }
    const why = silent === '' ? 'it was replayed or discarded, or never was' : `${silent} did not answer`;
    throw new CliError(`there is no dead letter '${id}'`, why, list);
  }

  /** Those with just this id, each asked for at its service: a list holds the oldest only. */
  async #exactly(id: string, { service, topic, key }: Wish): Promise<DeadLetter[]> {
    const asked = Object.keys(KEEPS).filter((name) => service === undefined || name === service);
    const found = await Promise.all(
      asked.map(async (name) => {
        const { status, body } = await this.#api.send<DeadLetterDetails>('GET', `/${name}/${encodeURIComponent(id)}`);
        // Whoever did not answer is named by the list.
        return status === 200 ? [body] : [];
      }),
    );
    const isMeant = (one: DeadLetter): boolean =>
      (topic === undefined || one.topic === topic) && (key === undefined || one.key === key);
    return found.flat().filter(isMeant);
  }

  async show({ service, id }: DeadLetter): Promise<DeadLetterDetails> {
    return this.#api.expect<DeadLetterDetails>(200, 'GET', `/${service}/${id}`);
  }

  async settle({ service, id, waiting }: DeadLetter, action: Action): Promise<Settled> {
    try {
      return await this.#api.expect<DeadLetterResult>(200, 'POST', `/${service}/${id}/${action}`);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      return { id, service, action, outcome: 'gone', applied: 0, waiting, blockedBy: null };
    }
  }
}
