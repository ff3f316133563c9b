import {
  type DeadLetterList,
  deadLetterPage,
  deadLetterService,
  type GatherDeadLettersQuery,
  type ListDeadLettersQuery,
} from '@souk/contracts';
import type { z } from 'zod';
import { type Parts, reasonOf } from '../aggregation/parts.js';

type Service = z.infer<typeof deadLetterService>;
type Share = Pick<DeadLetterList, 'items' | 'total'> & { readonly missing: DeadLetterList['missing'] };

/** Pattern: Gateway Aggregation. The dead letters of all services in one list; one that does not answer is named, not waited for. */
export class DeadLetterLists {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The oldest first, at most `limit` of each service. Never rejects for a service that is away. */
  async gather({ service, ...query }: GatherDeadLettersQuery, authorization: string): Promise<DeadLetterList> {
    const asked = service === undefined ? deadLetterService.options : [service];
    const shares = await Promise.all(asked.map((one) => this.#of(one, query, authorization)));
    return {
      items: shares.flatMap(({ items }) => items).sort((a, b) => a.firstAt.localeCompare(b.firstAt)),
      total: shares.reduce((sum, { total }) => sum + total, 0),
      missing: shares.flatMap(({ missing }) => missing),
    };
  }

  async #of(service: Service, query: ListDeadLettersQuery, authorization: string): Promise<Share> {
    const given = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
    const path = `/admin/dead-letters?${new URLSearchParams(given)}`;
    try {
      const call = { upstream: service, path, schema: deadLetterPage, authorization } as const;
      return { ...(await this.#parts.forPage().required('dead-letters', call)), missing: [] };
    } catch (error) {
      const reason = reasonOf(error) === 'timeout' ? 'timeout' : 'unavailable';
      return { items: [], total: 0, missing: [{ service, reason }] };
    }
  }
}
