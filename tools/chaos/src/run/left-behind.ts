import { createHash } from 'node:crypto';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../../../cli/src/instance.ts';
import { type ProcessSpec, sameSpec } from '../../../cli/src/supervisor/process-spec.ts';
import { leftInPostgres } from '../stores/left-in-postgres.ts';
import { shopId, specsNow, type Specs } from '../target/before.ts';
import { armedFailpoints, loweredLimits } from './left-inside.ts';

/** In the environment of a runner, and of every process that a fault starts: the shop that they are for, by `shopId`. */
export const MARK = 'SOUK_CHAOS';

/** What a run must not change for good. */
export interface State {
  readonly specs: Specs;
  /** Text that a file of settings, or a knob of a simulator, had: by what it is called. */
  readonly settings: ReadonlyMap<string, string>;
  /** What faults have made: processes, control groups, limits, armed failpoints, triggers and sessions of databases. */
  readonly strays: readonly string[];
}

/** Of the simulators: where each is reached. */
export const KNOBS = [
  { name: 'knobs of payment', variable: 'PAYMENT_URL' },
  { name: 'knobs of identity', variable: 'IDENTITY_URL' },
] as const;
const ASK_WITHIN_MS = 2_000;

/** @param urls of env.json */
export async function stateOf(instance: Instance, urls: Readonly<Record<string, string>>): Promise<State> {
  const shop = shopId(instance);
  const inside = [...loweredLimits(instance), ...(await armedFailpoints(instance)), ...(await leftInPostgres(urls))];
  return {
    specs: specsNow(instance),
    settings: new Map([...settingsFiles(instance), ...(await knobsOf(urls))]),
    strays: [...strayProcesses(shop), ...strayGroups(shop), ...inside],
  };
}

/** How the knobs of the simulators stand; of one that does not answer nothing. */
export async function knobsOf(urls: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const knobs = await Promise.all(
    KNOBS.map(async ({ name, variable }) => [name, await textAt(`${urls[variable]}/knobs`)] as const),
  );
  return new Map(knobs.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const])));
}

/** One line for everything that is not as it was before. Pure. */
export function leftBehind(before: State, after: State): string[] {
  const names = [...new Set([...before.specs.keys(), ...after.specs.keys()])];
  const processes = names.flatMap((name) => changeOf(name, before.specs.get(name), after.specs.get(name)));
  const settings = [...before.settings].flatMap(([name, text]) => {
    const now = after.settings.get(name);
    return now === text ? [] : [now === undefined ? `${name} is gone` : `${name} is not as before`];
  });
  const added = [...after.settings.keys()].filter((name) => !before.settings.has(name));
  const strays = after.strays.filter((one) => !before.strays.includes(one));
  return [...processes, ...settings, ...added.map((name) => `${name} was not there`), ...strays];
}

function changeOf(name: string, before: ProcessSpec | undefined, after: ProcessSpec | undefined): string[] {
  if (before === undefined) return [`${name} did not run before`];
  if (after === undefined) return [`${name} does not run any more`];
  return sameSpec(before, after) ? [] : [`${name} runs with other settings`];
}

function settingsFiles({ dir }: Instance): [string, string][] {
  return globSync('config/*.yaml', { cwd: dir }).map((file) => {
    const hash = createHash('sha256').update(readFileSync(join(dir, file)));
    return [file, hash.digest('hex')];
  });
}

function strayProcesses(shop: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return pids.flatMap((pid) => {
    const environment = readProc(pid, 'environ').split('\0');
    if (!environment.includes(`${MARK}=${shop}`)) return [];
    return [`process ${pid} still runs: ${readProc(pid, 'cmdline').replaceAll('\0', ' ').trim().slice(0, 120)}`];
  });
}

const strayGroups = (shop: string): string[] =>
  globSync(`/sys/fs/cgroup/**/souk-chaos-${shop}-*`).map((group) => `control group ${group} is still there`);

/** Empty where it has ended meanwhile, or is another user's. */
function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

async function textAt(url: string): Promise<string | undefined> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ASK_WITHIN_MS) }).catch(() => undefined);
  return answer?.ok ? answer.text() : undefined;
}
