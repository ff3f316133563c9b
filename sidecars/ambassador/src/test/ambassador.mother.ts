import { createLogger } from '@souk/observability';
import { Ambassador, type MakeCaller } from '../ambassador.js';
import { Counts } from '../counts.js';
import { parseSettings, type UpstreamDefinition } from '../definitions.js';
import { NaiveUpstream } from '../upstream.naive.js';
import { policyOf, Upstream } from '../upstream.js';

/** Quick policies, so that a test waits for milliseconds. */
const QUICK = {
  timeoutMs: 1_000,
  retry: { attempts: 2, baseDelayMs: 5, maxDelayMs: 50 },
  breaker: { minimumCalls: 5, openMs: 300, trials: 1, successes: 1 },
};

/** A definition as it would be read from a file, listening on a port that the system chooses. */
export function aDefinition(url: string, settings: object = {}): UpstreamDefinition {
  const text = JSON.stringify({ upstreams: { payment: { listen: '127.0.0.1:0', url, ...QUICK, ...settings } } });
  const { payment } = parseSettings(text);
  if (payment === undefined) throw new Error('no settings');
  return { name: 'payment', settings: payment, headers: {} };
}

export interface TestAmbassador {
  readonly ambassador: Ambassador;
  readonly counts: Counts;
  readonly lines: Record<string, unknown>[];
  readonly port: () => number;
}

/** An ambassador inside the test's process. Its log lines are kept from `debug` up. */
export function anAmbassador(kind: 'real' | 'naive' = 'real'): TestAmbassador {
  const counts = new Counts();
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const logger = createLogger({ name: 'ambassador', level: 'debug', destination: { write } });
  const real: MakeCaller = (definition, previous) =>
    new Upstream(definition, previous instanceof Upstream ? previous.policy : policyOf(definition, logger), counts);
  const naive: MakeCaller = (definition) => new NaiveUpstream(definition, counts);
  const ambassador = new Ambassador(kind === 'real' ? real : naive, counts, logger);
  return { ambassador, counts, lines, port: () => ambassador.portOf('payment') ?? 0 };
}
