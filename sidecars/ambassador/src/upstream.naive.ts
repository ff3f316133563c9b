import type { CircuitName } from '@souk/resilience';
import type { Caller, OutboundCall, Reply } from './caller.js';
import { FaultyAnswer } from './answer.js';
import { Connection } from './connection.js';
import type { UpstreamDefinition } from './definitions.js';
import type { Counts } from './counts.js';
import { failed } from './upstream.js';

/**
 * Variant `ambassador-naive`: a proxy that means well. Whatever fails is sent again at once, whether it may be repeated or not;
 * nothing stops it when the upstream is down, and nobody's deadline is asked for.
 */
export class NaiveUpstream implements Caller {
  readonly name: string;
  readonly maxRetries: number;
  readonly injected: Readonly<Record<string, string>>;
  readonly #connection: Connection;
  readonly #timeoutMs: number;

  constructor(
    definition: UpstreamDefinition,
    private readonly counts: Counts,
  ) {
    this.name = definition.name;
    this.maxRetries = definition.settings.retry.attempts;
    this.injected = definition.headers;
    this.#timeoutMs = definition.settings.timeoutMs;
    this.#connection = new Connection(definition);
  }

  circuit(): CircuitName {
    return 'closed';
  }

  async call(call: OutboundCall): Promise<Reply> {
    for (let attempts = 1; ; attempts++) {
      try {
        const answer = await this.#connection.try(call, {
          signal: AbortSignal.timeout(this.#timeoutMs),
          attempt: attempts,
        });
        this.counts.attempted(this.name, 'ok');
        return { ...answer, attempts, circuit: 'closed', outcome: answer.status < 400 ? 'ok' : 'refused' };
      } catch (error) {
        this.counts.attempted(this.name, 'fault');
        const mayGoOn =
          attempts <= this.maxRetries && !(error instanceof FaultyAnswer && !error.isWorthAnotherTry(Infinity));
        if (!mayGoOn) return { ...failed(error), attempts, circuit: 'closed' };
      }
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
