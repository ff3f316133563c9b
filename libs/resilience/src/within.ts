import { LimitReached } from './faults.js';

/**
 * Runs `fn` until it is done, `ms` have passed or `parent` is aborted; then the signal of `fn` is aborted and nobody waits for it any
 * more; with a `parent` that is aborted already it is not begun. Once `fn` is done its signal stays as it is: a response body is still read after the call has returned.
 * @throws LimitReached
 */
export function within<T>(
  ms: number,
  parent: AbortSignal | undefined,
  fn: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      parent?.removeEventListener('abort', stop);
    };
    const stop = (): void => {
      end();
      own.abort(parent?.aborted === true ? parent.reason : undefined);
      reject(new LimitReached(`not done within ${ms} ms`));
    };
    const timer = setTimeout(stop, ms);
    if (parent?.aborted === true) return stop();
    parent?.addEventListener('abort', stop);
    Promise.try(fn, own.signal).then(
      (answer) => (end(), resolve(answer)),
      (error: unknown) => (end(), reject(error)),
    );
  });
}

/** Resolves after `ms`, or when `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
