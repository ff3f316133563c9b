/**
 * A way back, as data: it must outlive the process that made the change. `undo` names an entry of faults/undos.ts, which must be
 * idempotent and do no harm where the change was never made.
 */
export interface WayBack {
  readonly undo: string;
  readonly with: Readonly<Record<string, unknown>>;
  /** For people: "start kafka again". */
  readonly says: string;
}

/** Ways back of the changes that are in force, on disk before the change is made. */
export interface Journal {
  /** Resolves, once it is on disk, to the key of the entry, for `undo`. */
  before(wayBack: WayBack): Promise<string>;
  /** Undoes what was written down from this entry on, all without it, the latest first; what fails stays written down and is in the error. */
  undo(since?: string): Promise<void>;
}
