/** What is kept under a key, and the floor of its tag: the oldest version that still counts, 0 when nothing was ever changed. */
export interface Seen {
  readonly text: string | undefined;
  readonly floor: number;
}

/** A write to the store that makes copies old. */
export interface Change {
  /** What was written, e.g. one product. Entries of this tag count only from `version` on. */
  readonly tag: string;
  /** The version that the store has now; only grows. */
  readonly version: number;
  /** Tags without versions of their own that show it too, e.g. all lists: whatever they have kept until now counts no more. */
  readonly also: readonly string[];
}

/** The level that all replicas share. It is a help, never a need: nothing here rejects, and everything has a limit in time. */
export abstract class SharedLevel {
  /** Opens it, and resolves once it is known whether it can be asked, or after `limitMs`. */
  abstract known(limitMs: number): Promise<void>;

  /** Undefined when the level cannot be asked now. */
  abstract read(key: string, tag: string): Promise<Seen | undefined>;

  /** Keeps a text and its end in one command. */
  abstract write(key: string, text: string, ttlMs: number): Promise<void>;

  /** Removes what cannot be read. */
  abstract remove(key: string): Promise<void>;

  /**
   * Raises the floors and tells all replicas, or does neither: an older version, or the same again, changes nothing. False when it
   * was known already.
   */
  abstract raise(change: Change): Promise<boolean>;

  /** `listener` is told the tags whose floors rose, whichever replica raised them. */
  abstract onRaised(listener: (tags: readonly string[]) => void): void;

  abstract stats(): SharedStats;

  abstract close(): Promise<void>;
}

export interface SharedStats {
  /** Whether it is asked at the moment. */
  readonly up: boolean;
  /** Calls that failed or were too late. */
  readonly errors: number;
  /** Changes that it could not be told yet. */
  readonly owed: number;
}
