import type { Client } from './generated/client/index.js';
import { isProblem, SoukProblem } from './souk-problem.js';

type GetEvents = Client['sse']['get'];

/**
 * The generated reader of event streams tries again by itself, for ever, with the token of the first time, and throws nothing. Here a
 * stream is asked for once: `for await` ends where the shop ends it, or throws a `SoukProblem` where the shop refused and what went wrong
 * where the stream was cut. One that the caller's `signal` ends just ends, and whoever leaves the loop ends the request.
 */
export function askedOnce(get: GetEvents, given: typeof fetch | undefined): GetEvents {
  const once = async (options: Parameters<GetEvents>[0]): Promise<{ stream: AsyncGenerator }> => {
    let failure: { readonly reason: unknown } | undefined;
    const left = new AbortController();
    const answering = async (request: Request): Promise<Response> => {
      // Not kept in a constant: somebody may replace the global one later, to record.
      const response = await (options.fetch ?? given ?? globalThis.fetch)(request);
      if (!response.ok) throw await refusalOf(response);
      return response;
    };
    const { stream } = await get({
      ...options,
      signal: left.signal,
      fetch: answering as typeof fetch,
      sseMaxRetryAttempts: 1,
      onSseError: (reason) => {
        failure = { reason };
        options.onSseError?.(reason);
      },
    });
    return { stream: read(stream, { left, signal: options.signal, failed: () => failure }) };
  };
  // What an event looks like is said by whoever calls the generic original.
  return once as GetEvents;
}

interface Reading {
  /** Ends the request, which begins with the first step. */
  readonly left: AbortController;
  readonly signal: AbortSignal | null | undefined;
  readonly failed: () => { readonly reason: unknown } | undefined;
}

async function* read<T>(stream: AsyncIterable<T>, { left, signal, failed }: Reading): AsyncGenerator<T> {
  const leave = (): void => left.abort(signal?.reason);
  if (signal?.aborted === true) leave();
  else signal?.addEventListener('abort', leave, { once: true });
  try {
    yield* stream;
    const failure = signal?.aborted === true ? undefined : failed();
    if (failure !== undefined) throw failure.reason;
  } finally {
    signal?.removeEventListener('abort', leave);
    left.abort();
  }
}

async function refusalOf(response: Response): Promise<Error> {
  const body: unknown = await response.json().catch(() => undefined);
  return isProblem(body) ? new SoukProblem(body) : new Error(`the stream was answered with ${response.status}`);
}
