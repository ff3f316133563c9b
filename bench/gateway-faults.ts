import { Pool } from 'undici';
import type { BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import { PAGE } from './gateway-answers.ts';
import { openRig, type Rig } from './gateway-rig.ts';
import { type Behaviour, healthy, ScriptedServices } from './gateway-services.ts';
import type { Tools } from './gateway-tools.ts';
import { openLoad } from './open-load.ts';
import { percentile } from './percentile.ts';
import { figureOf } from './verdict.ts';

const PAGES_PER_SECOND = 200;
const OTHERS_PER_SECOND = 100;
const OTHER = '/api/cart';
const MIB = 1024 * 1024;
/** By then the circuit of what hangs is open: what came before is the price of finding out. */
const FOUND_OUT_MS = 2_000;

/** Calls that stock may hear of while it hangs: what comes in one and a half seconds, before it is known and as trials later. */
const MOST_ASKED = 1.5 * PAGES_PER_SECOND;

const isForStock = ({ url }: { readonly url?: string | undefined }): boolean => url?.startsWith('/stock/') === true;
const gone: Behaviour = (request) => void request.socket.destroy();

/** What becomes of the rest while one service hangs, and how often services are asked while all of them are gone. */
export async function measureFaults(tools: Tools, { say, quick }: BenchOptions): Promise<Figure[]> {
  const seconds = quick ? 4 : 20;
  const services = new ScriptedServices();
  const rig = await openRig(tools, { proxies: ['gateway'], services: await services.start() });
  const pool = new Pool(rig.url('gateway'), { connections: 512 });
  const ask = async (path: string): Promise<Answered> => {
    const began = performance.now();
    const { statusCode, body } = await pool.request({ method: 'GET', path, headers: rig.bearer });
    await body.dump();
    return { began, ms: performance.now() - began, status: statusCode };
  };
  try {
    say(
      `${PAGES_PER_SECOND} pages and ${OTHERS_PER_SECOND} others a second for ${seconds} s, then again while stock hangs`,
    );
    await underLoad(ask, Math.min(seconds, 5));
    const before = { ...(await underLoad(ask, seconds)), memory: await memoryOf(rig) };
    let asked = 0;
    services.behaviour = (request, response) => {
      if (isForStock(request)) asked += 1;
      else healthy(request, response);
    };
    const during = { ...(await underLoad(ask, seconds)), memory: await memoryOf(rig), asked };
    say(`${OTHERS_PER_SECOND} calls a second for ${seconds} s while every service cuts them off`);
    services.behaviour = gone;
    services.requests = 0;
    const refused = await openLoad(OTHERS_PER_SECOND, seconds, () => ask(OTHER));
    if (refused.some(({ status }) => status < 500)) throw new Error('a service that is gone was heard of');
    return [...hangFigures(before, during), amplification(services.requests / refused.length)];
  } finally {
    await pool.close();
    await rig.close();
    await services.close();
  }
}

interface Answered {
  readonly began: number;
  readonly ms: number;
  readonly status: number;
}

interface Seen {
  readonly p95: number;
  /** The same without the first two seconds. */
  readonly p95Later: number;
  readonly pages: number;
  /** Answers that were none. */
  readonly bad: number;
}

async function underLoad(ask: (path: string) => Promise<Answered>, seconds: number): Promise<Seen> {
  const began = performance.now();
  const [others, pages] = await Promise.all([
    openLoad(OTHERS_PER_SECOND, seconds, () => ask(OTHER)),
    openLoad(PAGES_PER_SECOND, seconds, () => ask(PAGE)),
  ]);
  const bad = [...others, ...pages].filter(({ status }) => status !== 200).length;
  const timesOf = (answers: readonly { ms: number }[]): number[] => answers.map(({ ms }) => ms);
  const later = others.filter((one) => one.began - began >= FOUND_OUT_MS);
  return {
    p95: percentile(timesOf(others), 95),
    p95Later: percentile(timesOf(later), 95),
    pages: percentile(timesOf(pages), 95),
    bad,
  };
}

async function memoryOf(rig: Rig): Promise<number> {
  const metrics = await (await fetch(`${rig.url('management')}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\d+)/m.exec(metrics)?.[1]) / MIB;
}

function hangFigures(before: Seen & { memory: number }, during: Seen & { memory: number; asked: number }): Figure[] {
  const what = `${PAGES_PER_SECOND} pages/s, stock hangs`;
  const ratio = during.p95 / before.p95;
  return [
    figureOf({ name: 'gateway.hang.p95.before', what: 'p95 of other routes, all well', value: before.p95, unit: 'ms' }),
    figureOf({
      name: 'gateway.hang.p95',
      what: `p95 of other routes against before: ${what}`,
      value: ratio,
      unit: 'times',
      gate: 1.2,
      rival: 'gateway.hang.p95.before',
      ratio,
    }),
    figureOf({
      name: 'gateway.hang.p95.later',
      what: `the same without the first ${FOUND_OUT_MS / 1_000} s of each: ${what}`,
      value: during.p95Later / before.p95Later,
      unit: 'times',
    }),
    figureOf({
      name: 'gateway.hang.bad',
      what: `answers without a page or a cart, before and then: ${what}`,
      value: before.bad + during.bad,
      unit: 'answers',
      gate: 0,
    }),
    figureOf({
      name: 'gateway.hang.asked',
      what: `calls that stock heard meanwhile: ${what}`,
      value: during.asked,
      unit: 'calls',
      gate: MOST_ASKED,
    }),
    figureOf({ name: 'gateway.hang.page', what: `p95 of pages: ${what}`, value: during.pages, unit: 'ms' }),
    figureOf({
      name: 'gateway.hang.memory',
      what: `memory more than before: ${what}`,
      value: during.memory - before.memory,
      unit: 'MiB',
      gate: 16,
    }),
  ];
}

const amplification = (value: number): Figure =>
  figureOf({
    name: 'gateway.outage.amplification',
    what: 'requests that reached a service for each of a caller, every service cutting them off',
    value,
    unit: 'times',
    gate: 1.1,
  });
