import type { BatchAnswer, BatchRequest } from '@souk/contracts';
import { CodedError, problemOf } from '@souk/http';
import { currentContext } from '@souk/observability';
import { refuseTarget } from '../gatekeeper/path-guard.js';
import type { Table } from '../routing/table.js';
import { bounded, stepsOf } from './in-order.js';

export type SubRequest = BatchRequest['requests'][number];
export type SubAnswer = BatchAnswer['responses'][number];
/** Sends one sub-request through the gateway's own door. */
export type Send = (request: SubRequest) => Promise<SubAnswer>;

const PARALLEL = 5;

/**
 * Pattern: Gateway Aggregation. Many calls in one round trip: in steps (see `stepsOf`), each answer in the place of its request.
 * What has no answer when `until` is aborted is answered for: 504 `batch-timeout` if it was begun, 503 `batch-not-begun` if not.
 */
export async function runBatch(requests: readonly SubRequest[], send: Send, until: AbortSignal): Promise<BatchAnswer> {
  const { timeUp, forget } = rejection(until);
  const answers = requests.map((request) => refused(request, notBegun()));
  try {
    for (const step of stepsOf(requests)) {
      await bounded(step, PARALLEL, async (index) => {
        const request = requests[index];
        if (request !== undefined && !until.aborted) answers[index] = await answered(request, send, timeUp);
      });
    }
  } finally {
    forget();
  }
  return { responses: answers };
}

/** Never rejects. */
async function answered(request: SubRequest, send: Send, timeUp: Promise<never>): Promise<SubAnswer> {
  try {
    check(request);
    const answer = await Promise.race([send(request), timeUp]);
    return named(request, answer);
  } catch (error) {
    return refused(request, error);
  }
}

/** What alone would be refused by its address. */
function check({ path }: SubRequest): void {
  const refusal = refuseTarget(path);
  if (refusal !== undefined) throw new CodedError('invalid', 'path-refused', refusal);
}

/** Sends no request whose answer would not end. */
export const withoutStreams =
  (table: Pick<Table, 'match'>, send: Send): Send =>
  async (request) => {
    const match = table.match(request.method, request.path.split(/[?#]/, 1)[0] ?? '', request.headers);
    if (match.kind === 'found' && match.route.stream)
      throw new CodedError('invalid', 'stream-in-batch', 'An event stream has no end to wait for; open it by itself.');
    return send(request);
  };

/** Every answer hangs on `timeUp` by a race; until it is forgotten, the signal keeps them all. */
function rejection(until: AbortSignal): { timeUp: Promise<never>; forget: () => void } {
  const late = new CodedError(
    'timeout',
    'batch-timeout',
    'The batch ran out of time; what became of this is not known.',
  );
  const { promise: timeUp, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(late);
  until.addEventListener('abort', onAbort, { once: true });
  // It may come when nobody waits any more.
  timeUp.catch(() => undefined);
  return { timeUp, forget: () => until.removeEventListener('abort', onAbort) };
}

const notBegun = (): CodedError =>
  new CodedError('unavailable', 'batch-not-begun', 'The batch ran out of time before this was begun.', {
    retryAfterSeconds: 1,
  });

function refused(request: SubRequest, error: unknown): SubAnswer {
  const traceId = currentContext()?.traceId;
  const where = { instance: request.path.split(/[?#]/, 1)[0] ?? '', ...(traceId !== undefined && { traceId }) };
  const { problem } = problemOf(error, where);
  const headers = { 'content-type': 'application/problem+json' };
  return named(request, {
    status: problem.status,
    headers,
    body: JSON.parse(JSON.stringify(problem)) as SubAnswer['body'],
  });
}

const named = ({ id }: SubRequest, answer: SubAnswer): SubAnswer => ({ ...(id !== undefined && { id }), ...answer });
