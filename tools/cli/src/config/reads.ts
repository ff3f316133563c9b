/** Pattern: External Configuration Store. Which settings are used, and by whom: what nobody reads need not be kept. */
import { CliError } from '../errors.ts';
import { isShared, readersOf, ROUTES } from './documents.ts';
import { inForce } from './in-force.ts';
import type { Place } from './place.ts';
import type { Schemas } from './settings.ts';
import { startIn } from './vitals.ts';

/** One process that counts what it reads. */
interface Reader {
  readonly replica: string;
  /** ISO 8601; undefined where it does not say. */
  readonly since: string | undefined;
  readonly reads: Readonly<Record<string, unknown>>;
}

interface SettingUse {
  readonly name: string;
  readonly reads: number;
  /** By process. */
  readonly by: Readonly<Record<string, number>>;
}

type Answer = Promise<Record<string, unknown>>;

/** How often each setting was read by each process that runs, since that was started. */
export async function reads(place: Place, schemas: Schemas, name?: string): Answer {
  const services = Object.keys(schemas).filter((one) => one !== ROUTES && !isShared(one));
  if (name !== undefined && !services.includes(name))
    throw new CliError(
      `'${name}' has no settings of its own`,
      `those have: ${services.join(', ')}`,
      './souk config reads',
    );
  const wanted = name === undefined ? services : [name];
  const all = await Promise.all(wanted.map(async (service) => ({ service, readers: await readers(place, service) })));
  const counted = all.filter((one) => one.readers.length > 0);
  const settings = counted.flatMap(({ service, readers: who }) => usesOf(schemas, service, who));
  for (const use of settings) console.log(rendered(use));
  const unread = settings.filter((use) => use.reads === 0).map((use) => use.name);
  const processes = counted.flatMap(({ readers: who }) => who.map(({ replica, since }) => ({ replica, since })));
  for (const { replica, since = 'its start' } of processes) console.log(`  ${replica} counts since ${since}`);
  for (const { service } of all.filter((one) => !counted.includes(one)))
    console.log(`  nothing of ${service} runs that counts`);
  console.log(unread.length === 0 ? '  all have been read' : `  read by nobody yet: ${unread.join(', ')}`);
  return { settings, unread, processes };
}

async function readers(place: Place, service: string): Promise<Reader[]> {
  const all = await Promise.all(
    readersOf(service).map(async (one) => {
      const [states, metrics] = await Promise.all([inForce(place, one, 'settings'), place.ask(one, '/metrics')]);
      return states.flatMap(({ replica, reads: counts }) => {
        const start = startIn(metrics.find((answer) => answer.replica === replica)?.body);
        const since = start === undefined ? undefined : new Date(start * 1_000).toISOString();
        return counts === undefined ? [] : [{ replica, since, reads: counts }];
      });
    }),
  );
  return all.flat();
}

function usesOf(schemas: Schemas, service: string, who: readonly Reader[]): SettingUse[] {
  const schema = schemas[service as keyof Schemas];
  const keys = schema !== undefined && 'shape' in schema ? Object.keys(schema.shape) : [];
  return keys.map((key) => {
    const by = who.flatMap(({ replica, reads: counts }) => {
      const times = Number(counts[key] ?? 0);
      return times === 0 ? [] : [[replica, times] as const];
    });
    const total = by.reduce((sum, [, times]) => sum + times, 0);
    return { name: `${service}.${key}`, reads: total, by: Object.fromEntries(by) };
  });
}

function rendered({ name, reads: total, by }: SettingUse): string {
  const who = Object.entries(by).map(([replica, times]) => `${replica} ${grouped(times)}`);
  return `  ${name.padEnd(32)} ${grouped(total).padStart(12)}  ${who.join(', ') || 'nobody'}`;
}

const grouped = (count: number): string => count.toLocaleString('en-US');
