import type { Metrics } from '@souk/observability';

/** What happened since the start, for /metrics. */
export class Counts {
  readonly #issued = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  signIns = 0;

  issued(grant: string): void {
    add(this.#issued, grant.replace(/^urn:ietf:params:oauth:grant-type:/, ''));
  }

  refused(error: string): void {
    add(this.#refused, error);
  }

  register(metrics: Metrics): void {
    const by = (counts: Map<string, number>, label: string) => () =>
      [...counts].map(([value, count]) => ({ labels: { [label]: value }, value: count }));
    metrics.counter('souk_identity_tokens_total', 'Token answers, by grant.', by(this.#issued, 'grant'));
    metrics.counter('souk_identity_refusals_total', 'Requests refused, by OAuth error.', by(this.#refused, 'error'));
    metrics.counter('souk_identity_sign_ins_total', 'People who chose who they are.', () => this.signIns);
  }
}

const add = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
