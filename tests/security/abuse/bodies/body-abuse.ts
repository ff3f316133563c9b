import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bearer } from '../../support/tokens.ts';
import type { Door } from '../../support/door.ts';
import { inLanes } from '../lanes.ts';
import { addressOf, type Operation, operations } from '../operations.ts';
import type { AttackReport } from '../report.ts';
import { pour } from '../wire/pour.ts';
import { requestBytes } from '../wire/request-bytes.ts';
import { say } from '../wire/say.ts';
import { portOf } from '../wire/smuggling.ts';
import { codedInputs } from './coded-inputs.ts';
import { type BodyInput, jsonInputs } from './json-inputs.ts';

const LANES = 4;
const REFUSED = [400, 413, 415];
/** Every one of these is refused by looking at it. On a busy machine that takes a while; without limits it takes seconds. */
const SLOW_MS = 5_000;
const WAIT = { quietMs: 10_000, totalMs: 20_000 };

/** Operations of the document that take a body. */
export const takesBody = (): Operation[] => operations().filter(({ body }) => body !== undefined);

export const bodyInputsOf = ({ body }: Operation): BodyInput[] => [
  ...jsonInputs(body as Record<string, unknown>),
  ...codedInputs(JSON.stringify(body)),
];

/** Whoever still sends when the connection ends may never read what was said before: that it ended is the refusal. */
const CUT = 413;
const BODY_LIMIT = 1_048_576;
const isTooLong = ({ body }: BodyInput): boolean => Buffer.byteLength(body) > BODY_LIMIT;

export interface BodyReport extends AttackReport {
  /** Milliseconds. */
  readonly slowest: number;
}

/** One of `every` so many abuses of an operation's body, as somebody who may call it. */
export async function abuseBody(door: Door, operation: Operation, every = 1): Promise<BodyReport> {
  const token = operation.access === 'admin' ? await door.tokens.admin() : await door.tokens.user('body-abuser');
  const inputs = bodyInputsOf(operation).filter((_, index) => index % every === 0);
  const port = portOf(door.url);
  let slowest = 0;
  const findings = await inLanes(inputs, LANES, async (input) => {
    const { method } = operation;
    const headers = {
      ...bearer(token),
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      ...input.headers,
    };
    const started = performance.now();
    const { statuses, closed } = await say(
      port,
      requestBytes({ method, target: addressOf(operation), headers, body: input.body }),
      WAIT,
    );
    const ms = performance.now() - started;
    slowest = Math.max(slowest, ms);
    const status = statuses[0] ?? (closed && isTooLong(input) ? CUT : undefined);
    return wrongWith(input, status, ms).map((one) => `${operation.id}, ${input.name}: ${one}`);
  });
  return { inputs: inputs.length, findings: findings.flat(), slowest };
}

const HUGE = 50 * 1_048_576;
/** In one turn of its loop Node reads a connection 32 times at most, 64 KiB each; there are more in its buffers, whose size is the kernel's affair. */
const ONE_TURN = 32 * 65_536;
/** What is allowed, the turn in which that is over, and the one in which the answer goes out and the connection ends. */
const MOST_READ = BODY_LIMIT + 2 * ONE_TURN;

/** Bytes that a process has read so far, of sockets and of files. */
function readBy(pid: number): number {
  const read = /^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1];
  if (read === undefined) throw new Error(`the kernel does not say what ${pid} has read`);
  return Number(read);
}

/** So much, announced or not: the gateway, to which nobody else may talk meanwhile, refuses it and leaves most of it unread. */
export async function announcedHuge({ url, tokens, pid }: Door): Promise<AttackReport> {
  const headers = { ...bearer(await tokens.user('body-abuser')), 'content-type': 'application/json' };
  const post = { method: 'POST', target: '/api/cart/items' };
  const cases = [
    {
      name: 'announced',
      head: requestBytes({ ...post, headers: { ...headers, 'content-length': String(HUGE) } }),
      chunked: false,
    },
    {
      name: 'in chunks',
      head: requestBytes({ ...post, headers: { ...headers, 'transfer-encoding': 'chunked' } }),
      chunked: true,
    },
  ];
  const findings = await inLanes(cases, 1, async ({ name, head, chunked }) => {
    const before = readBy(pid);
    const status = await pour(portOf(url), { head, chunked, bytes: HUGE });
    const read = readBy(pid) - before;
    if (status !== undefined && status !== 413) return [`50 MiB ${name}: answered ${status}`];
    // Who has read less cannot know that it is too much: then this would count wrongly.
    const isCounted = !chunked || read > BODY_LIMIT;
    return read > MOST_READ || !isCounted ? [`50 MiB ${name}: ${read} bytes were read`] : [];
  });
  return { inputs: cases.length, findings: findings.flat() };
}

function wrongWith({ mayPass }: BodyInput, status: number | undefined, ms: number): string[] {
  const found: string[] = [];
  const isRefused = status !== undefined && REFUSED.includes(status);
  const isTaken = mayPass === true && status !== undefined && status < 500;
  if (!isRefused && !isTaken) found.push(`answered ${status ?? 'nothing'}`);
  if (ms > SLOW_MS) found.push(`only after ${Math.round(ms)} ms`);
  return found;
}
