import type { DeadLetterDetails, DeadLetterFilter } from './dead-letters.js';

/** A dead letter beside the place of its record in the log. */
export interface StoredLetter extends DeadLetterDetails {
  readonly partition: number;
  readonly offset: string;
}

/** Keeps the dead letters of views, in the store of the views. */
export abstract class DeadLetterStore {
  /** A repeat takes the place of what was there. */
  abstract put(letter: StoredLetter): Promise<void>;
  /** The oldest first. */
  abstract list(filter: DeadLetterFilter): Promise<{ items: StoredLetter[]; total: number }>;
  /** How many there are. */
  abstract count(): Promise<number>;
  abstract find(id: string): Promise<StoredLetter | undefined>;
  /** Whoever gets the letter has it alone for `forMs`; undefined when somebody else has it, or it is gone. */
  abstract take(id: string, forMs: number): Promise<StoredLetter | undefined>;
  /** Puts a letter back that was taken, with the cause of one more attempt. */
  abstract failedAgain(id: string, cause: string, at: Date): Promise<void>;
  abstract remove(id: string): Promise<void>;
}
