import { type Action, type Arming, describeArming, parseSpec } from './spec.js';

export interface Failpoint {
  readonly name: string;
  readonly description: string;
}

/** A point of this process, and what has happened there since it was started. */
export interface FailpointReport extends Failpoint {
  /** What it is armed with, as in a setting (`crash@1`); absent while it is not armed. */
  readonly armed?: string;
  /** How often it was passed, armed or not. */
  readonly hits: number;
  /** How often it did what it was armed with. */
  readonly fired: number;
}

interface State {
  hits: number;
  fired: number;
  armed?: Arming | undefined;
  /** Hits since it was armed, which is what @HIT counts. */
  hitsArmed: number;
}

const registry = new Map<string, Failpoint>();
const PASS = Promise.resolve();
/** Undefined means inert: nothing is counted, nothing can fire. */
let states: Map<string, State> | undefined;

/** Declares a point, so that `listFailpoints` can tell people what they may break. Returns the name. */
export function definePoint(name: string, description: string): string {
  registry.set(name, { name, description });
  return name;
}

export function listFailpoints(): Failpoint[] {
  return [...registry.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * Enables the points of this process and arms some, from `name=crash|throw|sleep:MS[@HIT]`, comma separated, or `on` to arm
 * none yet; '' makes all inert. Returns the names, told apart by whether this process declares such a point: one setting may be
 * meant for several services.
 * @throws Error when the text cannot be understood; nothing has changed then
 */
export function configureFailpoints(spec: string): { armed: string[]; unknown: string[] } {
  const armings = parseSpec(spec);
  states = spec.trim() === '' ? undefined : new Map();
  for (const arming of armings) arm(arming);
  const names = armings.map(({ name }) => name);
  return {
    armed: names.filter((name) => registry.has(name)),
    unknown: names.filter((name) => !registry.has(name)),
  };
}

/**
 * Arms points while the process runs, in place of those armed before; '' disarms all. Counts go on.
 * @throws Error when the text cannot be understood, names a point that this process lacks, or the points are inert
 */
export function armFailpoints(spec: string): void {
  if (states === undefined)
    throw new Error('the failpoints of this process are inert; start it with SOUK_FAILPOINTS=on');
  const armings = parseSpec(spec);
  const unknown = armings.find(({ name }) => !registry.has(name));
  if (unknown !== undefined) {
    const known = listFailpoints().map(({ name }) => name);
    throw new Error(`this process has no failpoint ${unknown.name}; it has ${known.join(', ') || 'none'}`);
  }
  for (const state of states.values()) state.armed = undefined;
  for (const arming of armings) arm(arming);
}

/** Every point that this process declares, with what it is armed with and how often it was passed. */
export function reportFailpoints(): FailpointReport[] {
  return listFailpoints().map((point) => {
    const { hits = 0, fired = 0, armed } = states?.get(point.name) ?? {};
    return { ...point, hits, fired, ...(armed !== undefined && { armed: describeArming(armed) }) };
  });
}

/** A named place where a fault can be injected. Costs one comparison while the points are inert. */
export function failpoint(name: string): Promise<void> {
  return states === undefined ? PASS : hit(name, stateOf(states, name));
}

function hit(name: string, state: State): Promise<void> {
  state.hits += 1;
  if (state.armed === undefined) return PASS;
  state.hitsArmed += 1;
  const { action, atHit } = state.armed;
  if (atHit !== undefined && atHit !== state.hitsArmed) return PASS;
  state.fired += 1;
  return fire(name, action);
}

function arm(arming: Arming): void {
  if (states === undefined) return;
  const state = stateOf(states, arming.name);
  state.armed = arming;
  state.hitsArmed = 0;
}

function stateOf(all: Map<string, State>, name: string): State {
  let state = all.get(name);
  if (state === undefined) all.set(name, (state = { hits: 0, fired: 0, hitsArmed: 0 }));
  return state;
}

async function fire(name: string, action: Action): Promise<void> {
  switch (action.kind) {
    case 'crash':
      // SIGKILL, not exit(): no handler may tidy up, as with a lost machine.
      process.kill(process.pid, 'SIGKILL');
      // Only process 1 of a container comes as far as this: it is deaf to a SIGKILL from inside.
      return process.abort();
    case 'throw':
      throw new Error(`failpoint ${name}`);
    case 'sleep':
      return new Promise((resolve) => setTimeout(resolve, action.ms));
  }
}
