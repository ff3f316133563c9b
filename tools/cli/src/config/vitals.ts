import { hashInForce, inForce } from './in-force.ts';
import type { ConfigDocument } from './documents.ts';
import type { Place } from './place.ts';

/** How a process does, as its management port tells. */
export interface Vitals {
  readonly replica: string;
  readonly isReady: boolean;
  /** Of the text that is looked after; undefined where it does not answer. */
  readonly hash: string | undefined;
  /** Seconds since 1970; undefined where it does not say. */
  readonly startedAt: number | undefined;
  /** Since it was started; 0 where it does not count them. */
  readonly requests: number;
  /** Those of them that were answered with 5xx. */
  readonly failed: number;
}

/** Of every replica that runs. */
export async function vitalsOf(place: Place, service: string, document: ConfigDocument): Promise<Vitals[]> {
  const [states, ready, metrics] = await Promise.all([
    inForce(place, service, document.followedAs),
    place.ask(service, '/readyz'),
    place.ask(service, '/metrics'),
  ]);
  return states.map((state) => {
    const bodyOf = (answers: typeof ready): unknown => answers.find(({ replica }) => replica === state.replica)?.body;
    const isReady = bodyOf(ready) !== undefined;
    return { replica: state.replica, isReady, hash: hashInForce(document, state), ...figuresIn(bodyOf(metrics)) };
  });
}

function figuresIn(text: unknown): Pick<Vitals, 'startedAt' | 'requests' | 'failed'> {
  const lines = typeof text === 'string' ? text.split('\n') : [];
  const answers = lines.filter((line) => line.startsWith('souk_http_requests_total{'));
  return {
    startedAt: startIn(text),
    requests: sum(answers.map(valueOf)),
    failed: sum(answers.filter((line) => line.includes('status="5xx"')).map(valueOf)),
  };
}

/** When a process was started, by its metrics: seconds since 1970. */
export function startIn(metrics: unknown): number | undefined {
  const lines = typeof metrics === 'string' ? metrics.split('\n') : [];
  const started = lines.find((line) => line.startsWith('process_start_time_seconds '));
  return started === undefined ? undefined : valueOf(started);
}

const valueOf = (line: string): number => Number(line.slice(line.lastIndexOf(' ') + 1));
const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);

export interface Answered {
  readonly requests: number;
  readonly failed: number;
}

/** What some of them answered between two looks; one that began anew in between counts from there. */
export function answeredBetween(
  before: readonly Vitals[],
  now: readonly Vitals[],
  replicas: readonly string[],
): Answered {
  const deltas = now
    .filter(({ replica }) => replicas.includes(replica))
    .map((one) => {
      const old = before.find(({ replica, startedAt }) => replica === one.replica && startedAt === one.startedAt);
      return { requests: one.requests - (old?.requests ?? 0), failed: one.failed - (old?.failed ?? 0) };
    });
  return { requests: sum(deltas.map(({ requests }) => requests)), failed: sum(deltas.map(({ failed }) => failed)) };
}

/** Fewer failures than these may be anybody's. */
const LEAST_FAILED = 5;
/** By which the share of failures may be higher than where the old setting is in force. */
const MARGIN = 0.01;

const shareOf = ({ requests, failed }: Answered): number => (requests === 0 ? 0 : failed / requests);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

export interface Patient {
  readonly replica: string;
  /** Of the text that it must have in force. */
  readonly hash: string;
}

/** Why a process that tries a change is not well; undefined where it is. `before` is from just before the change. */
export function illnessOf(
  { replica, hash }: Patient,
  before: readonly Vitals[],
  now: readonly Vitals[],
): string | undefined {
  const one = now.find((state) => state.replica === replica);
  const was = before.find((state) => state.replica === replica);
  if (one === undefined || was === undefined) return `${replica} is gone`;
  if (!one.isReady) return `${replica} is not ready`;
  if (one.startedAt !== was.startedAt) return `${replica} was started anew`;
  if (one.hash !== hash) return `${replica} has it in force no more: somebody else took it back`;
  const others = now.map((state) => state.replica).filter((name) => name !== replica);
  const own = answeredBetween(before, now, [replica]);
  const tolerated = Math.max(shareOf(answeredBetween(before, now, others)), shareOf(was)) + MARGIN;
  if (own.failed < LEAST_FAILED || shareOf(own) <= tolerated) return undefined;
  const elsewhere = percent(tolerated - MARGIN);
  return `${replica} answered ${own.failed} of ${own.requests} requests with 5xx (${percent(shareOf(own))}; without the change ${elsewhere})`;
}
