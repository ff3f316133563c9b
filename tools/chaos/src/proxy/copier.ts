import type { Segment } from './requests.ts';

/** Larger requests are neither copied nor put behind others. */
export const LARGEST_REQUEST = 262_144;

/** Puts requests together from what arrives, for whoever wants them whole; what began before it was wanted is left out. */
export class Copier {
  #parts: Buffer[] | undefined;
  #size = 0;

  /** The requests that end in this chunk. */
  take(bytes: Buffer, segments: readonly Segment[], isWanted: boolean): { whole: Buffer; ends: 'read' | 'write' }[] {
    if (segments.length === 0) this.#parts = undefined;
    return segments.flatMap(({ from, to, begins, ends }) => {
      if (begins) this.#begin(isWanted);
      this.#add(bytes.subarray(from, to));
      const whole = ends && this.#parts && Buffer.concat(this.#parts);
      if (ends) this.#parts = undefined;
      return ends && whole ? [{ whole, ends }] : [];
    });
  }

  #begin(isWanted: boolean): void {
    this.#parts = isWanted ? [] : undefined;
    this.#size = 0;
  }

  #add(part: Buffer): void {
    this.#size += part.length;
    if (this.#size > LARGEST_REQUEST) this.#parts = undefined;
    this.#parts?.push(part);
  }
}
