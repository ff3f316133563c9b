import type { ConfigDocument } from './documents.ts';
import type { Place } from './place.ts';
import { settingsHash } from './settings.ts';

/** A shop in memory: what is written is in force on all replicas at once. */
export class MemoryPlace implements Place {
  readonly title = 'a test';
  readonly texts = new Map<string, string>();
  readonly histories = new Map<string, string>();
  /** Of each service, named `order-1` and so on. */
  replicasEach = 1;
  /** Replicas that are not ready. */
  readonly away = new Set<string>();
  /** What replicas say of themselves, as Prometheus text; what they have read. */
  readonly metrics = new Map<string, string>();
  readonly reads = new Map<string, Readonly<Record<string, number>>>();
  /** In the order in which it was done. */
  readonly done: string[] = [];

  readDocument = async ({ name, packaged }: ConfigDocument) => this.texts.get(name) ?? packaged;
  writeDocument = async ({ name }: ConfigDocument, text: string) => {
    this.done.push(`write ${name}`);
    this.texts.set(name, text);
  };
  removeDocument = async ({ name }: ConfigDocument) => {
    this.done.push(`remove ${name}`);
    this.texts.delete(name);
  };
  instancesOf = async (service: string) =>
    [...this.texts.keys()]
      .filter((name) => name.startsWith(`${service}.`))
      .map((name) => name.slice(service.length + 1));
  readHistory = async ({ name }: ConfigDocument) => this.histories.get(name) ?? '';
  writeHistory = async ({ name }: ConfigDocument, text: string) => {
    this.done.push(`remember ${name}`);
    this.histories.set(name, text);
  };
  readSecret = () => Promise.reject(new Error('not asked for'));
  writeSecret = () => Promise.reject(new Error('not asked for'));
  refresh = async (service: string) => void this.done.push(`refresh ${service}`);
  ask = async (service: string, path: string) =>
    Array.from({ length: this.replicasEach }, (_, index) => `${service}-${index + 1}`).map((replica) => ({
      replica,
      body: this.#answer(service, replica, path),
    }));
  #answer(service: string, replica: string, path: string): unknown {
    if (path === '/readyz') return this.away.has(replica) ? undefined : { status: 'ready' };
    if (path === '/metrics') return this.metrics.get(replica) ?? 'process_start_time_seconds 1000\n';
    const instance = `${service}.${replica}`;
    return {
      settings: {
        hash: settingsHash(this.texts.get(service) ?? ''),
        beside: { ...this.#hash('global'), ...this.#hash('environment'), ...this.#hash(instance, 'instance') },
        about: { from: {}, locked: {}, instance: replica },
        reads: this.reads.get(replica) ?? {},
      },
      routes: { hash: settingsHash(this.texts.get('routes') ?? '') },
    };
  }
  #hash(name: string, scope = name): Record<string, string> {
    const text = this.texts.get(name);
    return text === undefined ? {} : { [scope]: settingsHash(text) };
  }
  withSuperuser = () => Promise.reject(new Error('not asked for'));
  close = async () => undefined;
}
