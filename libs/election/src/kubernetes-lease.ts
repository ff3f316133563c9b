import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';
import { type Leadership, Lease } from './lease.js';

export interface KubernetesLeaseOptions {
  /** Of the API server, e.g. https://10.0.0.1:443. */
  readonly server: string;
  /** `ca.crt`, `token` and `namespace`, as Kubernetes mounts them for a service account. */
  readonly credentials: string;
  readonly name: string;
  /** Who asks; unique to the process. */
  readonly holder: string;
  readonly ttlMs: number;
  /** For the times that people read in the object; nothing is decided by them. */
  readonly now?: () => Date;
}

/** coordination.k8s.io/v1, as far as it is used here. */
interface LeaseObject {
  readonly metadata: { readonly resourceVersion?: string; readonly [field: string]: unknown };
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly leaseTransitions?: number;
    readonly [field: string]: unknown;
  };
}

interface Answer {
  readonly status: number;
  readonly lease: LeaseObject;
}

const NOT_FOUND = 404;
const CONFLICT = 409;

/** The API server refused a request for another reason than that somebody was faster. */
export class KubernetesRefused extends Error {
  override readonly name = 'KubernetesRefused';
}

/**
 * A Lease object of Kubernetes. Every write names the version that was read, so of several one wins. Whether a lease has run out
 * is decided as client-go does: by how long this process has seen it unchanged, never by the clock of another machine. The epoch
 * is `leaseTransitions`.
 */
export class KubernetesLease extends Lease {
  readonly ttlMs: number;
  #seen: { version: string | undefined; at: number } | undefined;
  #agent: Agent | undefined;

  constructor(private readonly options: KubernetesLeaseOptions) {
    super();
    this.ttlMs = options.ttlMs;
  }

  async acquire(above: number): Promise<Leadership | undefined> {
    const { status, lease } = await this.#call('GET');
    if (status === NOT_FOUND) return this.#begin('POST', { metadata: { name: this.options.name } }, above + 1);
    if (!this.#isFree(lease)) return undefined;
    return this.#begin('PUT', lease, Math.max(lease.spec?.leaseTransitions ?? 0, above) + 1);
  }

  async renew(leadership: Leadership): Promise<boolean> {
    const { lease } = await this.#call('GET');
    if (!this.#isOurs(lease, leadership)) return false;
    const renewed = { ...lease, spec: { ...lease.spec, renewTime: this.#time() } };
    return (await this.#call('PUT', renewed)).status !== CONFLICT;
  }

  async release(leadership: Leadership): Promise<void> {
    const { lease } = await this.#call('GET');
    if (!this.#isOurs(lease, leadership)) return;
    await this.#call('PUT', { ...lease, spec: { ...lease.spec, holderIdentity: '', renewTime: this.#time() } });
  }

  async close(): Promise<void> {
    await this.#agent?.close();
  }

  async #begin(method: 'POST' | 'PUT', lease: LeaseObject, epoch: number): Promise<Leadership | undefined> {
    const time = this.#time();
    const { status } = await this.#call(method, {
      metadata: lease.metadata,
      spec: {
        holderIdentity: this.options.holder,
        leaseDurationSeconds: Math.ceil(this.ttlMs / 1_000),
        leaseTransitions: epoch,
        acquireTime: time,
        renewTime: time,
      },
    });
    return status === CONFLICT ? undefined : { epoch };
  }

  #isFree({ metadata: { resourceVersion: version }, spec = {} }: LeaseObject): boolean {
    if (this.#seen === undefined || this.#seen.version !== version) this.#seen = { version, at: performance.now() };
    // Asked for while we do not lead: one that is still ours is of a term whose release was lost.
    if (!spec.holderIdentity || spec.holderIdentity === this.options.holder) return true;
    const durationMs = (spec.leaseDurationSeconds ?? 0) * 1_000;
    return performance.now() - this.#seen.at > durationMs;
  }

  #isOurs({ spec }: LeaseObject, { epoch }: Leadership): boolean {
    return spec?.holderIdentity === this.options.holder && spec.leaseTransitions === epoch;
  }

  /** MicroTime: exactly six digits behind the second. */
  #time(): string {
    const { now = () => new Date() } = this.options;
    return now().toISOString().replace('Z', '000Z');
  }

  /** @throws KubernetesRefused for any other status than success, 404 on GET and 409 */
  async #call(method: 'GET' | 'POST' | 'PUT', lease?: LeaseObject): Promise<Answer> {
    const { server, name } = this.options;
    const namespace = await this.#credential('namespace');
    const collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
    const { statusCode: status, body } = await request(server + collection + (method === 'POST' ? '' : `/${name}`), {
      method,
      dispatcher: await this.#dispatcher(),
      headers: {
        // Read anew each time: the kubelet replaces it long before it ends.
        authorization: `Bearer ${await this.#credential('token')}`,
        accept: 'application/json',
        'content-type': 'application/json',
      },
      body: lease ? JSON.stringify({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', ...lease }) : null,
      signal: AbortSignal.timeout(Math.max(1_000, this.ttlMs / 3)),
    });
    const text = await body.text();
    const expected = status < 300 || status === CONFLICT || (status === NOT_FOUND && method === 'GET');
    if (!expected)
      throw new KubernetesRefused(
        `${method} of lease ${namespace}/${name} was answered ${status}: ${text.slice(0, 300)}`,
      );
    return { status, lease: JSON.parse(text) as LeaseObject };
  }

  async #dispatcher(): Promise<Agent> {
    if (this.#agent) return this.#agent;
    const ca = this.options.server.startsWith('https:') ? await this.#credential('ca.crt') : undefined;
    return (this.#agent ??= new Agent({ connections: 1, ...(ca && { connect: { ca } }) }));
  }

  async #credential(file: string): Promise<string> {
    return (await readFile(`${this.options.credentials}/${file}`, 'utf8')).trim();
  }
}
