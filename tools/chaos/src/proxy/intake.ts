import { Copier } from './copier.ts';
import type { Copies } from './copies.ts';
import type { Counts } from './counts.ts';
import type { NamedToxic } from './named-toxic.ts';
import { type Crowd, Reorderer } from './reorderer.ts';
import { type Protocol, RequestReader } from './requests.ts';
import type { ToxicOf } from './toxics.ts';

/** What the connections of a link have in common where requests are told apart. */
export interface Requests {
  readonly protocol: Protocol;
  readonly counts: Counts;
  readonly copies: Copies;
  readonly crowd: Crowd;
  readonly random: () => number;
}

/** Where what a client sends comes in: requests are counted, repeated, and let past by others. */
export class Intake {
  readonly #requests: Requests;
  readonly #reader: RequestReader;
  readonly #copier = new Copier();
  readonly #reorderer: Reorderer;
  #duplicates: readonly ToxicOf<'duplicate'>[] = [];

  constructor(requests: Requests, pass: (bytes: Buffer) => void) {
    this.#requests = requests;
    this.#reader = new RequestReader(requests.protocol);
    this.#reorderer = new Reorderer({ ...requests, pass });
    requests.crowd.add(this.#reorderer);
  }

  change(toxics: readonly NamedToxic[]): void {
    const all = toxics.map(({ toxic }) => toxic);
    this.#duplicates = all.filter((toxic) => toxic.type === 'duplicate');
    this.#reorderer.change(all.find((toxic) => toxic.type === 'reorder'));
  }

  take(bytes: Buffer): void {
    const before = this.#reader.seen;
    const segments = this.#reader.feed(bytes);
    this.#requests.counts.requests += this.#reader.seen - before;
    for (const { whole, ends } of this.#copier.take(bytes, segments, this.#duplicates.length > 0)) {
      if (this.#requests.protocol === 'http' || ends === 'write') this.#repeat(whole);
    }
    this.#reorderer.take(bytes, segments);
  }

  /** No more will come: what waits goes on. */
  end(): void {
    this.#reorderer.flush();
    this.#requests.crowd.delete(this.#reorderer);
  }

  #repeat(request: Buffer): void {
    for (const { attributes } of this.#duplicates) {
      if (this.#requests.random() < attributes.share) this.#requests.copies.send(request, attributes.delay);
    }
  }
}
