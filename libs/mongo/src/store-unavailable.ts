/** The store does not answer; the same request may succeed a moment later. Shaped for the problem filter: 503. */
export class StoreUnavailable extends Error {
  readonly kind = 'unavailable';
  readonly code = 'store-unavailable';
  readonly retryAfterSeconds = 1;

  constructor(options?: ErrorOptions) {
    super('This service cannot reach its store at the moment.', options);
    this.name = 'StoreUnavailable';
  }
}

/** Runs a store operation; a lost or missing connection becomes StoreUnavailable, every other error stays what it is. */
export const whenReachable = async <T>(operation: () => Promise<T>): Promise<T> => {
  try {
    return await operation();
  } catch (error) {
    if (isConnectionLoss(error)) throw new StoreUnavailable({ cause: error });
    throw error;
  }
};

/** Names, not classes: an object mapper may bring a driver of its own, whose classes are others. */
const CONNECTION =
  /^(Mongo(Network|ServerSelection|NotConnected|WaitQueueTimeout|PoolC|OperationTimeout|TopologyClosed|ServerClosed|ClientClosed)|PoolC)/;

/** A primary that steps down or a server that shuts down: the driver has tried again once, and there is still no primary. */
const NO_PRIMARY = new Set([91, 189, 10_107, 11_600, 11_602, 13_435, 13_436]);

export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (CONNECTION.test(error.name)) return true;
  if (error.name === 'MongooseError') return error.message.includes('initial connection');
  if ('code' in error && typeof error.code === 'number' && NO_PRIMARY.has(error.code)) return true;
  // A bulk write hides what the driver met in an error of its own; a server's own answer there is no Error.
  return ('errorResponse' in error && isConnectionLoss(error.errorResponse)) || isConnectionLoss(error.cause);
}
