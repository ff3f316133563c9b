import type { Place } from '../../../cli/src/config/place.ts';
import type { ApiClient } from '../../../cli/src/shop/api-client.ts';
import type { ShopContext } from '../../../cli/src/shop/context.ts';

/** A process or pod of the shop. */
export interface Running {
  readonly name: string;
  readonly pid: number | null;
  readonly ready: boolean;
  readonly restarts: number;
}

/** How a process is to run for an experiment; what is not named is as it always is. */
export interface RunSetting {
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `orderly`, as is usual: it is asked to end, and may finish what it does. `kill`: it is not asked. */
export type HowToStop = 'orderly' | 'kill';

/** The shop that is broken: processes on this machine, or pods in a cluster. Verbs only; the ways back are the journal's. */
export interface Target {
  readonly kind: 'host' | 'k8s';
  readonly context: ShopContext;
  readonly api: ApiClient;
  /** Its settings and secrets. */
  readonly place: Place;
  /** Where this machine keeps what belongs to it. */
  readonly dir: string;
  processes(): Promise<readonly Running[]>;
  process(name: string): Promise<Running>;
  signal(name: string, signal: NodeJS.Signals): Promise<void>;
  /** It stays down, and is asked to end unless it is to be killed. */
  stop(name: string, how?: HowToStop): Promise<void>;
  /** Starts it with the setting that it has in this run; nothing where it runs. Resolves when it is ready. */
  start(name: string): Promise<void>;
  /** In a cluster: one more of it shares its work, until it is started again. */
  scaleUp?(name: string): Promise<void>;
  /** Starts it anew with a setting, `{}` for as it was before the run; resolves when it is ready and consumes. */
  restart(name: string, setting: RunSetting): Promise<void>;
  /** As it was before the run: started anew where it runs by another setting, or does not run; else nothing. */
  asBefore(name: string): Promise<void>;
  /** Until all of them say twice in a row that they are ready. */
  ready(names: readonly string[], withinMs: number): Promise<void>;
  /** URL of a process's management port. */
  managementUrl(name: string): string;
}
