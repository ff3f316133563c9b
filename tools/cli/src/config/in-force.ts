import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../errors.ts';
import type { ConfigDocument } from './documents.ts';
import type { Place } from './place.ts';
import { settingsHash } from './settings.ts';

/** What a process follows, as GET /configz of its management port tells it. */
export interface InForce {
  readonly replica: string;
  readonly hash: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;
  /** Of the texts of other scopes, by scope; none where there is none. */
  readonly beside: Readonly<Record<string, unknown>>;
  readonly lastError: string | undefined;
  /** The name under which it looks for a text of its own; undefined where it does not. */
  readonly instance: string | undefined;
  /** How often it has read each setting since it was started; undefined where it does not count. */
  readonly reads: Readonly<Record<string, unknown>> | undefined;
}

const LOOK_EVERY_MS = 200;

/** What every replica of a service has in force under a name: settings, signing-keys, database. */
export async function inForce(place: Place, service: string, name: string): Promise<InForce[]> {
  const answers = await place.ask(service, '/configz');
  return answers.map(({ replica, body }) => {
    const entry = field(body, name);
    const [hash, values, lastError] = [field(entry, 'hash'), field(entry, 'values'), field(entry, 'lastError')];
    const [beside, reads] = [field(entry, 'beside'), field(entry, 'reads')];
    const instance = field(field(entry, 'about'), 'instance');
    return {
      replica,
      hash: typeof hash === 'string' ? hash : undefined,
      values: isRecord(values) ? values : {},
      beside: isRecord(beside) ? beside : {},
      lastError: typeof lastError === 'string' ? lastError : undefined,
      instance: typeof instance === 'string' ? instance : undefined,
      reads: isRecord(reads) ? reads : undefined,
    };
  });
}

const NOTHING = settingsHash('');

/** Of the text of a document that a process has in force. Where all may write and nobody has, that is the empty one. */
export function hashInForce({ scope }: ConfigDocument, { hash, beside }: InForce): string | undefined {
  if (scope === 'service' || hash === undefined) return hash;
  const other = beside[scope];
  return typeof other === 'string' ? other : NOTHING;
}

export interface Wanted {
  readonly service: string;
  readonly name: string;
  readonly is: (state: InForce) => boolean;
  /** What is waited for, for people. */
  readonly what: string;
  readonly withinMs: number;
}

/** Waits until every replica that runs has it; answers how many and after how long. Nobody running is nobody to wait for. */
export async function everyReplica(place: Place, wanted: Wanted): Promise<{ replicas: string[]; afterMs: number }> {
  const startedAt = performance.now();
  for (;;) {
    const states = await inForce(place, wanted.service, wanted.name);
    const afterMs = Math.round(performance.now() - startedAt);
    if (states.every(wanted.is)) return { replicas: states.map(({ replica }) => replica), afterMs };
    if (afterMs > wanted.withinMs) throw late(place, wanted, states);
    await sleep(LOOK_EVERY_MS);
  }
}

function late(place: Place, { service, is, what, withinMs }: Wanted, states: readonly InForce[]): CliError {
  const missing = states.filter((state) => !is(state));
  const why = missing.map(
    ({ replica, hash, lastError }) => `${replica}: ${lastError ?? (hash ? 'still the old one' : 'no answer')}`,
  );
  return new CliError(
    `${service} in ${place.title} has not taken over ${what} within ${withinMs / 1_000} s`,
    why.join('; '),
    'look at its logs; running this again goes on where it stopped',
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const field = (value: unknown, name: string): unknown => (isRecord(value) ? value[name] : undefined);
