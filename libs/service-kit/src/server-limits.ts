/** What a port for strangers puts up with; times in milliseconds, sizes in bytes. */
export interface ServerLimits {
  /** Of Node's server. */
  readonly node: {
    readonly headersTimeout: number;
    /** Until the last byte of a request is there. */
    readonly requestTimeout: number;
    readonly maxHeaderSize: number;
    readonly connectionsCheckingInterval: number;
    /** So much longer than it is told to clients an idle connection is kept. */
    readonly keepAliveTimeoutBuffer: number;
    readonly insecureHTTPParser?: boolean;
  };
  /** What clients are told that they may keep an idle connection, in `Keep-Alive`. */
  readonly keepAliveTimeout: number;
  /**
   * Without a byte in either direction, so an answer must begin before that; Node looks a second time before it believes that a write
   * gets nowhere, so twice that for who does not read.
   */
  readonly connectionTimeout: number;
}

/**
 * Node's defaults wait minutes for slow clients, and for ever for one that does not read its answer. A service may be given 60 s for an
 * answer (`upstreamTimeoutMs`, `timeoutMs` of a route) and a long poll 30 s on top of that: those who wait must still be there then. Streams
 * have a heartbeat (10 s). Idle sockets outlive those of our clients (4 s), so that no request meets a closing one.
 *
 * Clients hear less than is kept: undici, and with it every `fetch` of Node, takes our word for its own limit. One that was told 65 s comes
 * back after 20 s on a connection that a process which ends meanwhile has closed; one that was told 5 s has gone by itself (shutdown.ts).
 */
export const serverLimits: ServerLimits = {
  node: {
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    maxHeaderSize: 16 * 1024,
    connectionsCheckingInterval: 5_000,
    keepAliveTimeoutBuffer: 60_000,
  },
  keepAliveTimeout: 5_000,
  connectionTimeout: 95_000,
};
