import { hostname } from 'node:os';
import { type BreakerList, breakerPage, type BreakerView, breakerView, problem } from '@souk/contracts';
import { CodedError } from '@souk/http';
import { actOn, type Resilient, viewOf } from '@souk/resilience';
import { type Parts, reasonOf } from '../aggregation/parts.js';
import type { Policies } from '../resilience/policies.js';
import type { Upstreams } from '../routing/upstreams.js';

const PATH = '/admin/breakers';

/** The circuits of this process, and those of the ambassador beside order. */
export class Breakers {
  readonly #policies: Policies;
  readonly #parts: Parts;
  readonly #upstreams: Upstreams;

  constructor(policies: Policies, parts: Parts, upstreams: Upstreams) {
    this.#policies = policies;
    this.#parts = parts;
    this.#upstreams = upstreams;
  }

  async list(authorization: string): Promise<BreakerList> {
    const own = [...this.#policies.all().values()].map(shown);
    try {
      const call = { upstream: 'order', path: PATH, schema: breakerPage, authorization } as const;
      const { items } = await this.#parts.forPage().required('breakers', call);
      return { items: [...own, ...items], missing: [] };
    } catch (error) {
      const reason = reasonOf(error) === 'timeout' ? 'timeout' : 'unavailable';
      return { items: own, missing: [{ service: 'order', reason }] };
    }
  }

  /** @throws CodedError breaker-not-found */
  async act(name: string, action: string, authorization: string): Promise<BreakerView> {
    const policy = this.#policies.all().get(name);
    if (policy === undefined) return this.#ask(name, action, authorization);
    if (!actOn(policy, action))
      throw new CodedError('not-found', 'breaker-not-found', `There is no ${action} of ${name}.`);
    return shown(policy);
  }

  async #ask(name: string, action: string, authorization: string): Promise<BreakerView> {
    const path = `${PATH}/${encodeURIComponent(name)}/${encodeURIComponent(action)}`;
    const headers = { authorization, accept: 'application/json' };
    const { status, body } = await this.#upstreams.of('order').request({ method: 'POST', path, headers });
    const answer: unknown = await body
      .text()
      .then(JSON.parse)
      .catch(() => undefined);
    if (status === 200) return breakerView.parse(answer);
    if (problem.safeParse(answer).data?.code === 'breaker-not-found')
      throw new CodedError('not-found', 'breaker-not-found', `There is no ${action} of ${name}.`);
    throw new CodedError('unavailable', 'upstream-unavailable', 'order cannot answer now.', { retryAfterSeconds: 1 });
  }
}

const shown = (policy: Resilient): BreakerView => ({
  ...viewOf(policy.state()),
  process: `gateway ${hostname()} ${process.pid}`,
});
