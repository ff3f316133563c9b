import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pinned, type Tool } from './gateway-tools.ts';

export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What callers met who ask again as soon as they are answered. Times in milliseconds. */
export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

const run = promisify(execFile);
const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };

/** @throws when an answer was not good: refusals are cheap and would flatter */
export async function load(wrk: Tool | undefined, options: LoadOptions): Promise<Load> {
  return wrk === undefined ? loadByNode(options) : loadByWrk(wrk, options);
}

async function loadByWrk(wrk: Tool, { url, connections, seconds, headers = {} }: LoadOptions): Promise<Load> {
  const lines = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...lines, url];
  const [command, all] = pinned('rest', wrk.command, args);
  const { stdout } = await run(command, all, { env: { ...process.env, ...wrk.env } });
  return readWrk(stdout, seconds);
}

/** The report of wrk 4. @throws when an answer was bad or lost */
export function readWrk(report: string, seconds: number): Load {
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(report)?.[1] ?? '0';
  const lost = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(report)?.slice(1) ?? [];
  if (bad !== '0' || lost.some((count) => count !== '0'))
    throw new Error(`of the answers ${bad} were bad; lost: ${lost.join(', ') || 'none'}`);
  const requests = Number(/(\d+) requests in/.exec(report)?.[1]);
  // At the start of the line: the table above has percentages too.
  const time = (percent: number): number => {
    const [, value, unit = ''] = new RegExp(`^ +${percent}% +([\\d.]+)(us|ms|s)`, 'm').exec(report) ?? [];
    return Number(value) * (UNITS[unit] ?? Number.NaN);
  };
  return { requests, perSecond: requests / seconds, p50: time(50), p99: time(99) };
}

async function loadByNode(options: LoadOptions): Promise<Load> {
  const worker = join(import.meta.dirname, 'gateway-load-worker.ts');
  const [command, args] = pinned('rest', process.execPath, [worker, JSON.stringify(options)]);
  const { stdout } = await run(command, args);
  return JSON.parse(stdout) as Load;
}
