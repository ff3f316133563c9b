/** The time was up, or whoever asked had enough. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached';
}

/**
 * Runs `fn` until it is done, `ms` have passed or `parent` is aborted; then the signal of `fn` is aborted and nobody waits for it any
 * more. Once `fn` is done its signal stays as it is: a response body is still read after the call has returned. Every remote call
 * passes here twice, hence no policy of cockatiel's: three emitters, a race and some listeners are what it makes of this.
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
    if (parent?.aborted === true) stop();
    else parent?.addEventListener('abort', stop);
    const work = async (): Promise<T> => fn(own.signal);
    work().finally(end).then(resolve, reject);
  });
}
