import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Sample } from '../run/observations.ts';
import type { Running, Target } from '../target/target.ts';
import type { SeriesRequest } from './measure.ts';
import { told } from './series.ts';
import { seriesIn, wantedOf, type Wanted } from './wanted.ts';

const EVERY_MS = 1_000;
const PATIENCE_MS = 900;

export interface LinkCounts {
  readonly connections: number;
  readonly requests: number;
  readonly bytes: number;
}

export interface SamplerOptions {
  readonly target: Pick<Target, 'managementUrl'>;
  /** Who runs, as far as anybody knows. Must change nothing: it is asked while all of them may be dead. */
  readonly processes?: () => Promise<readonly Running[]>;
  readonly requests: readonly SeriesRequest[];
  /** Milliseconds since the run began. */
  readonly now: () => number;
  /** Where samples go. */
  readonly samples: Sample[];
  /** What has gone over a link so far; undefined while nobody can tell. */
  readonly links?: (link: string) => Promise<LinkCounts | undefined>;
  /** Series of others, taken with every sample. */
  readonly extra?: () => Readonly<Record<string, number>>;
}

export interface Sampler {
  start(): void;
  /** Takes one now, of everything up to this moment. */
  look(): Promise<void>;
  /** Takes a last sample. */
  stop(): Promise<void>;
}

type Series = Record<string, number>;

/** Once a second what is needed and no more; who does not answer within the second leaves a gap. */
export function openSampler(options: SamplerOptions): Sampler {
  const { now, samples, extra = () => ({}) } = options;
  const agent = new Agent({ connections: 1, keepAliveTimeout: 5_000 });
  const sources = sourcesOf(options, agent);
  const cpu = ownCpu();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const at = now();
    // Before the others have answered, which takes up to a second: it would not be of this moment.
    const ours = { ...cpu(), ...extra() };
    const found = await Promise.all(sources.map(inTime));
    samples.push({ at, series: Object.assign(ours, ...found) as Series });
  };
  const tick = (): void => {
    looking ??= look().finally(() => (looking = undefined));
  };
  const lookNow = async (): Promise<void> => {
    await looking;
    tick();
    await looking;
    // It would belong to a phase that begins in the same millisecond.
    while (now() <= (samples.at(-1)?.at ?? -Infinity)) await sleep(1);
  };
  return {
    look: lookNow,
    start: () => {
      tick();
      timer = setInterval(tick, EVERY_MS);
    },
    stop: async () => {
      clearInterval(timer);
      await looking;
      await look();
      await agent.destroy();
    },
  };
}

/** What a source says; nothing where it fails, or takes longer than until the next look. */
async function inTime(source: () => Promise<Series>): Promise<Series> {
  const late = new AbortController();
  const nothing = sleep(PATIENCE_MS, {}, { signal: late.signal }).catch(() => ({}));
  return Promise.race([source().catch(() => ({})), nothing]).finally(() => late.abort());
}

/** Everything that has to be asked. */
function sourcesOf({ target, processes, requests, links }: SamplerOptions, agent: Agent): (() => Promise<Series>)[] {
  const metrics = [...wantedOf(requests)].map(
    ([process, wanted]) =>
      () =>
        scrape(target, process, wanted, agent),
  );
  const asked = new Set(requests.flatMap((one) => (one.from === 'link' ? [one.link] : [])));
  const counts = [...asked].map((link) => async (): Promise<Series> => {
    const found = await links?.(link);
    return Object.fromEntries(Object.entries(found ?? {}).map(([name, value]) => [`link.${link}.${name}`, value]));
  });
  return [...metrics, ...counts, ...(processes === undefined ? [] : [() => statesOf(processes)])];
}

async function scrape(
  target: Pick<Target, 'managementUrl'>,
  process: string,
  wanted: readonly Wanted[],
  dispatcher: Agent,
): Promise<Series> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const { statusCode, body } = await request(`${target.managementUrl(process)}/metrics`, { dispatcher, signal });
  const text = await body.text();
  return statusCode === 200 ? { ...seriesIn(text, wanted), [told(process)]: 1 } : {};
}

async function statesOf(processes: () => Promise<readonly Running[]>): Promise<Series> {
  return Object.fromEntries(
    (await processes()).flatMap(({ name, ready, restarts }) => [
      [`ready.${name}`, ready ? 1 : 0],
      [`restarts.${name}`, restarts],
    ]),
  );
}

/** What this process has used since it was last asked, in percent of the whole machine. */
function ownCpu(): () => Series {
  let [before, at] = [process.cpuUsage(), performance.now()];
  return () => {
    const [used, since] = [process.cpuUsage(before), performance.now() - at];
    [before, at] = [process.cpuUsage(), performance.now()];
    const percent = (used.user + used.system) / 10 / since / availableParallelism();
    const series: Series = since < EVERY_MS / 10 ? {} : { 'cpu.harness': percent };
    return series;
  };
}
