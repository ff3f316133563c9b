import { CodedError, isCodedError } from '@souk/http';
import { currentContext } from '@souk/observability';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { returnedHeaders } from '../gatekeeper/header-lists.js';
import type { Client } from '../offloading/client-address.js';
import type { Send, SubRequest } from './batch.js';

/** Marks what comes out of a batch; whoever sets it from outside only shuts the door on their own batch. */
export const IN_BATCH = 'x-souk-in-batch';

/** Whether a request came out of a batch of this process: nobody outside can make it look so. */
export const isPartOfBatch = (raw: object | undefined): boolean =>
  raw !== undefined && 'isLightMyRequest' in raw && raw.isLightMyRequest === true;

const MAX_ANSWER_BYTES = 256 * 1024;
/** Who calls, from where, and whose browser it is; said by the batch for all that is in it. */
const CALLER = ['authorization', 'x-api-key', 'cookie', 'x-csrf-token', 'sec-gpc', 'dnt', 'sec-purpose'];
const PLACE = ['host', 'x-forwarded-for', 'x-forwarded-host'];

/**
 * Sends sub-requests through the front door of this process, without a socket: every hook, limit, list and check applies to
 * them as to any other request, also those that are added later. The place at the
 * adaptive door is the batch's: it was let in with the class that is shed first, and runs five of them at a time. `cookie` is that of
 * the batch, renewed where it was, `proto` the one that it came by; when the caller of the batch hangs up, so do its sub-requests.
 */
export function frontDoor(
  fastify: FastifyInstance,
  batch: FastifyRequest,
  { cookie, proto, hangUp }: { cookie: string | undefined; proto: Client['proto']; hangUp: AbortSignal },
): Send {
  const inherited = Object.fromEntries([...CALLER, ...PLACE].map((name) => [name, batch.headers[name]]));
  // There is no connection to see it by; what the batch's headers say of it counts only where they are believed.
  inherited['x-forwarded-proto'] = proto;
  return async (request) => {
    const answer = await fastify.inject({
      method: request.method,
      url: request.path,
      remoteAddress: batch.ip,
      headers: present({ ...request.headers, ...inherited, cookie, ...context(), ...typeOf(request), [IN_BATCH]: '1' }),
      ...(request.body !== undefined && { payload: JSON.stringify(request.body) }),
      payloadAsStream: true,
      signal: hangUp,
    });
    const body = await bodyOf(answer.stream()).catch((error: unknown) => {
      // Ends the call to the service, which would wait for a reader.
      answer.raw.res.destroy();
      throw isCodedError(error) ? error : cut(error);
    });
    // Nobody keeps the answer to a batch.
    const {
      'content-length': _length,
      vary: _vary,
      ...headers
    } = returnedHeaders(answer.headers as Record<string, string>);
    return { status: answer.statusCode, headers, body };
  };
}

const cut = (cause: unknown): CodedError =>
  new CodedError('unavailable', 'upstream-unavailable', 'The service did not end its answer.', {
    cause,
    retryAfterSeconds: 1,
  });

const typeOf = ({ body }: SubRequest) => ({ 'content-type': body === undefined ? undefined : 'application/json' });

function context(): Record<string, string> {
  const { traceparent, correlationId } = currentContext() ?? {};
  return present({ traceparent, 'x-correlation-id': correlationId });
}

const present = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );

async function bodyOf(stream: NodeJS.ReadableStream): Promise<SubBody> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES)
      throw new CodedError(
        'bad-gateway',
        'batch-answer-too-large',
        'The answer is too large for a batch; ask for it alone.',
      );
    chunks.push(chunk);
  }
  return size === 0 ? null : parsed(Buffer.concat(chunks).toString());
}

type SubBody = Awaited<ReturnType<Send>>['body'];

function parsed(text: string): SubBody {
  try {
    return JSON.parse(text) as SubBody;
  } catch (cause) {
    throw new CodedError('unavailable', 'upstream-invalid', 'The answer is no JSON.', { cause });
  }
}
