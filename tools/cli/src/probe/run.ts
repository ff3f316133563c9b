import { setTimeout as sleep } from 'node:timers/promises';
import type { ShopContext } from '../shop/context.ts';
import { writeFileAtomically } from '../system/files.ts';
import { asMetrics, beat } from './heartbeat.ts';
import { travel } from './journey.ts';
import type { Journey } from './journey.ts';
import { renderJourney, renderRound } from './render.ts';
import { lookAround } from './round.ts';
import type { Round } from './round.ts';
import type { Limits, Shop } from './targets.ts';

export interface ProbeOptions {
  readonly limits: Limits;
  /** With it, each round also makes the way of a customer. */
  readonly customer?: Pick<ShopContext, 'gatewayUrl' | 'instance' | 'token'>;
  readonly rounds: number;
  readonly everySeconds: number;
  readonly heartbeatFile?: string | undefined;
  readonly metricsFile?: string | undefined;
  readonly tell: (line: string) => void;
}

export interface Probed extends Round {
  readonly journey: Journey | null;
  readonly rounds: number;
  readonly failedRounds: number;
}

/** So many rounds, then the last one with what became of all: one that failed is not made good by those after it. */
export async function runProbe(shop: Shop, options: ProbeOptions): Promise<Probed> {
  let failedRounds = 0;
  for (let round = 1; ; round += 1) {
    const found = await oneRound(shop, options);
    if (found.status === 'failed') failedRounds += 1;
    leave(found, round, options);
    if (round >= options.rounds)
      return { ...found, status: failedRounds > 0 ? 'failed' : found.status, rounds: round, failedRounds };
    await sleep(options.everySeconds * 1_000);
  }
}

async function oneRound(
  shop: Shop,
  { limits, customer, tell }: ProbeOptions,
): Promise<Round & { journey: Journey | null }> {
  const round = await lookAround(shop, limits);
  for (const line of renderRound(round)) tell(line);
  const journey = customer === undefined ? null : await travel(customer);
  if (journey !== null) for (const line of renderJourney(journey)) tell(line);
  return { ...round, journey, status: journey?.status === 'failed' ? 'failed' : round.status };
}

function leave({ at, status, results }: Round, rounds: number, { heartbeatFile, metricsFile }: ProbeOptions): void {
  if (heartbeatFile !== undefined) beat(heartbeatFile, { at, status, rounds });
  if (metricsFile !== undefined) writeFileAtomically(metricsFile, asMetrics(results, { status, now: Date.now() }));
}
