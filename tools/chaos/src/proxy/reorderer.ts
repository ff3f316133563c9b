import { LARGEST_REQUEST } from './copier.ts';
import type { Counts } from './counts.ts';
import type { Protocol, Segment } from './requests.ts';
import type { ToxicOf } from './toxics.ts';

/** All who wait on an HTTP link for others to go ahead. */
export type Crowd = Set<Reorderer>;

export interface ReordererOptions {
  readonly protocol: Protocol;
  readonly crowd: Crowd;
  readonly counts: Counts;
  readonly random: () => number;
  /** Passes bytes on. */
  readonly pass: (bytes: Buffer) => void;
}

/**
 * Lets requests of a connection wait until one that came later has gone ahead. In a connection of HTTP nothing may overtake, so a
 * request waits for those of other connections; in one of Kafka requests that produce change places.
 */
export class Reorderer {
  readonly #options: ReordererOptions;
  #toxic: ToxicOf<'reorder'> | undefined;
  /** What has arrived of a request that goes on only as a whole. */
  #arriving: Buffer[] | undefined;
  #size = 0;
  /** What waits: a request, and on HTTP what came behind it. */
  #held: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReordererOptions) {
    this.#options = options;
  }

  change(toxic: ToxicOf<'reorder'> | undefined): void {
    this.#toxic = toxic;
    if (toxic === undefined) this.flush();
  }

  /** Segments that are none: nobody knows any more where a request begins. */
  take(bytes: Buffer, segments: readonly Segment[]): void {
    if (segments.length === 0) {
      this.flush();
      this.#options.pass(bytes);
      return;
    }
    for (const segment of segments) this.#part(bytes.subarray(segment.from, segment.to), segment);
  }

  /** Everything that waits goes on now, in the order in which it came. */
  flush(): void {
    this.#release();
    for (const part of this.#arriving ?? []) this.#options.pass(part);
    this.#arriving = undefined;
  }

  /** Somebody else has gone ahead. */
  overtaken(): void {
    if (this.#held.length === 0) return;
    this.#options.counts.reordered += 1;
    this.#release();
  }

  #part(part: Buffer, { begins, ends }: Segment): void {
    if (begins && this.#toxic !== undefined) {
      this.#arriving = [];
      this.#size = 0;
    }
    if (this.#arriving === undefined) return this.#go(part);
    this.#arriving.push(part);
    this.#size += part.length;
    if (ends === undefined && this.#size <= LARGEST_REQUEST) return;
    const whole = Buffer.concat(this.#arriving);
    this.#arriving = undefined;
    if (ends === undefined || this.#size > LARGEST_REQUEST) this.#go(whole);
    else this.#request(whole, ends);
  }

  #request(whole: Buffer, ends: 'read' | 'write'): void {
    const { protocol, crowd, random } = this.#options;
    const isOfUse = protocol === 'http' || ends === 'write';
    if (this.#toxic === undefined || !isOfUse) return this.#go(whole);
    const { share, wait } = this.#toxic.attributes;
    if (this.#held.length === 0 && random() < share) {
      this.#held = [whole];
      this.#timer = setTimeout(() => this.#release(), wait);
      return;
    }
    this.#go(whole);
    if (protocol === 'kafka') this.overtaken();
    else for (const other of crowd) if (other !== this) other.overtaken();
  }

  /** Of HTTP behind what waits, for the answers come in the order of the requests. */
  #go(bytes: Buffer): void {
    if (this.#options.protocol === 'http' && this.#held.length > 0) this.#held.push(bytes);
    else this.#options.pass(bytes);
  }

  #release(): void {
    clearTimeout(this.#timer);
    const held = this.#held;
    this.#held = [];
    for (const bytes of held) this.#options.pass(bytes);
  }
}
