/** What passed a link since it was made. */
export interface Counts {
  /** Connections taken from clients. */
  accepted: number;
  open: number;
  /** Connections that the server did not take. */
  refused: number;
  /** Bytes passed on from clients to the server. */
  bytesUp: number;
  bytesDown: number;
  /** HTTP or Kafka requests that clients sent, whether they arrived or not; those of other protocols are not told apart. */
  requests: number;
  /** Connections that a toxic reset. */
  resets: number;
  /** Copies of requests that were sent. */
  duplicates: number;
  /** Requests that others were let past. */
  reordered: number;
}

export const noCounts = (): Counts => ({
  accepted: 0,
  open: 0,
  refused: 0,
  bytesUp: 0,
  bytesDown: 0,
  requests: 0,
  resets: 0,
  duplicates: 0,
  reordered: 0,
});
