import type { OnApplicationShutdown } from '@nestjs/common';
import { type BreakerPage, breakerPage, type BreakerView, breakerView } from '@souk/contracts';
import { CodedError, type HttpClient } from '@souk/http';
import { z } from 'zod';

const LIMIT_MS = 1_000;
const failure = z.object({ status: z.string() });

/** What the ambassador beside this process knows of its upstreams, from its management port. */
export class AmbassadorBreakers implements OnApplicationShutdown {
  /** Without a client there is no ambassador, hence no circuit. */
  constructor(private readonly http: Pick<HttpClient, 'json' | 'close'> | undefined) {}

  async onApplicationShutdown(): Promise<void> {
    await this.http?.close();
  }

  async list(): Promise<BreakerPage> {
    if (this.http === undefined) return { items: [] };
    const { data } = await this.http.json(breakerPage, {
      method: 'GET',
      path: '/breakers',
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return data;
  }

  /** @throws CodedError breaker-not-found */
  async act(name: string, action: string): Promise<BreakerView> {
    const path = `/breakers/${encodeURIComponent(name)}/${encodeURIComponent(action)}`;
    const call = { method: 'POST', path, signal: AbortSignal.timeout(LIMIT_MS) } as const;
    const answer = await this.http?.json(z.union([breakerView, failure]), call);
    if (answer !== undefined && 'circuit' in answer.data) return answer.data;
    throw new CodedError('not-found', 'breaker-not-found', `There is no ${action} of a breaker ${name}.`);
  }
}
