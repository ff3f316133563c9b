export interface Failpoint {
  readonly name: string;
  readonly description: string;
}

type Action = { kind: 'crash' } | { kind: 'throw' } | { kind: 'sleep'; ms: number };
interface Armed {
  readonly action: Action;
  /** Fires at this hit only, counted from 1; undefined fires at every hit. */
  readonly atHit: number | undefined;
  hits: number;
}

const registry = new Map<string, Failpoint>();
const PASS = Promise.resolve();
let armed: ReadonlyMap<string, Armed> | undefined;

/** Declares a point, so that `listFailpoints` can tell people what they may break. Returns the name. */
export function definePoint(name: string, description: string): string {
  registry.set(name, { name, description });
  return name;
}

export function listFailpoints(): Failpoint[] {
  return [...registry.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * Arms points from `name=crash|throw|sleep:MS[@HIT]`, comma separated; '' disarms all. Returns the names, told apart by whether
 * this process declares such a point: one setting may be meant for several services.
 * @throws Error when the text cannot be understood
 */
export function configureFailpoints(spec: string): { armed: string[]; unknown: string[] } {
  const entries = spec.split(',').filter((entry) => entry.trim() !== '');
  armed = entries.length === 0 ? undefined : new Map(entries.map((entry) => parse(entry.trim())));
  const names = [...(armed?.keys() ?? [])];
  return {
    armed: names.filter((name) => registry.has(name)),
    unknown: names.filter((name) => !registry.has(name)),
  };
}

/** A named place where a fault can be injected. Costs one comparison while nothing is armed. */
export function failpoint(name: string): Promise<void> {
  if (armed === undefined) return PASS;
  const point = armed.get(name);
  if (point === undefined) return PASS;
  point.hits += 1;
  return point.atHit === undefined || point.atHit === point.hits ? fire(name, point.action) : PASS;
}

async function fire(name: string, action: Action): Promise<void> {
  switch (action.kind) {
    case 'crash':
      // SIGKILL, not exit(): no handler may tidy up, as with a lost machine.
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    case 'throw':
      throw new Error(`failpoint ${name}`);
    case 'sleep':
      return new Promise((resolve) => setTimeout(resolve, action.ms));
  }
}

function parse(entry: string): [string, Armed] {
  const match = /^([a-z0-9.-]+)=(crash|throw|sleep:(\d+))(?:@(\d+))?$/.exec(entry);
  const [, name, verb, ms, hit] = match ?? [];
  if (name === undefined || verb === undefined) {
    throw new Error(
      `Failpoint "${entry}" is not understood; write name=crash, name=throw or name=sleep:MS, each with @HIT if wanted`,
    );
  }
  const action: Action =
    ms !== undefined ? { kind: 'sleep', ms: Number(ms) } : { kind: verb === 'crash' ? 'crash' : 'throw' };
  return [name, { action, atHit: hit === undefined ? undefined : Number(hit), hits: 0 }];
}
