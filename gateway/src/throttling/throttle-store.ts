/** What all replicas share. Every method may reject: then each process goes on by itself. */
export abstract class ThrottleStore {
  /** False while there is no sense in asking. */
  abstract get isUp(): boolean;
  /** Adds points to the window of a caller, which begins with the first of them. */
  abstract spend(key: string, points: number, windowSeconds: number): Promise<{ spent: number; endsInMs: number }>;
  /** One offence more; answers how many there were within the hour. */
  abstract strike(key: string): Promise<number>;
  /** `until` in epoch milliseconds. */
  abstract block(key: string, until: number): Promise<void>;
  /** False if nothing was known about it. */
  abstract unblock(key: string): Promise<boolean>;
  /** Who is blocked, until when in epoch milliseconds. */
  abstract blocked(): Promise<ReadonlyMap<string, number>>;
}
