import type { Door } from '../../support/door.ts';
import { inLanes } from '../lanes.ts';
import { type Operation, operations } from '../operations.ts';
import type { AttackReport } from '../report.ts';
import { say } from '../wire/say.ts';
import { portOf } from '../wire/smuggling.ts';
import { type FuzzInput, Malformed } from './malformed.ts';

const LANES = 16;
/** What does not end is waited for no longer: there is no answer to an unfinished request. */
const WAIT = { quietMs: 1_000, totalMs: 15_000 };
/** By them an administrator shuts the doors of the shop himself: 503 would be right then. */
const SHUTS = /\/breakers\//;

export interface FuzzReport extends AttackReport {
  /** How often which status was answered; 0: none. */
  readonly statuses: ReadonlyMap<number, number>;
}

export interface FuzzRun {
  readonly door: Door;
  readonly random: () => number;
  readonly count: number;
}

/** Sends so many malformed requests as visitors, customers and administrators; every answer of 5xx is a finding. */
export async function fuzz({ door, random, count }: FuzzRun): Promise<FuzzReport> {
  const tokens = { user: await door.tokens.user('fuzzer'), admin: await door.tokens.admin() };
  const malformed = new Malformed({
    random,
    operations: operations().filter(({ path }) => !SHUTS.test(path)),
    tokenFor: ({ access }: Operation) => (access === 'anonymous' ? undefined : tokens[access]),
  });
  const statuses = new Map<number, number>();
  const findings: string[] = [];
  await inLanes(Array.from({ length: count }), LANES, async (_, index) => {
    const input = malformed.next();
    const heard = await say(portOf(door.url), input.bytes, WAIT);
    for (const status of heard.statuses.length > 0 ? heard.statuses : [0])
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (heard.statuses.some((status) => status >= 500))
      findings.push(`${index}: ${told(input)} → ${heard.text.slice(0, 600)}`);
  });
  return { inputs: count, findings, statuses };
}

/** Enough of it to send it again. */
const told = ({ kind, operation, bytes }: FuzzInput): string =>
  `${kind} of ${operation}: ${JSON.stringify(bytes.subarray(0, 2_000).toString('latin1'))}`;

/** `200 × 12, 400 × 1,988` */
export const statusesOf = ({ statuses }: FuzzReport): string =>
  [...statuses]
    .toSorted(([one], [other]) => one - other)
    .map(([status, times]) => `${status === 0 ? 'no answer' : status} × ${times.toLocaleString('en')}`)
    .join(', ');
