import { httpGrammar } from './http-grammar.ts';
import { kafkaGrammar } from './kafka-grammar.ts';

export type Protocol = 'http' | 'kafka' | 'tcp';

/** What a protocol makes of the bytes from an offset on. */
export interface Step {
  /** The offset behind what was understood; it is always further on. */
  readonly at: number;
  /** By now it is known what is asked for. */
  readonly named?: 'read' | 'write';
  /** The request ends here. */
  readonly ends?: boolean;
}

/** Remembers where in a request it is. Undefined: these are no requests. */
export type Grammar = (bytes: Buffer, at: number) => Step | undefined;

/** A part of a chunk that belongs to one request. */
export interface Segment {
  /** Offsets in the chunk, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  readonly begins: boolean;
  /** Of a request that ends here: whether it writes, so that it matters how often it is done. */
  readonly ends?: 'read' | 'write';
}

const GRAMMARS = { http: httpGrammar, kafka: kafkaGrammar, tcp: () => () => undefined } as const;

/** Finds the requests in what a client sends, wherever the chunks are cut. Keeps no bytes but an unfinished line. */
export class RequestReader {
  /** Requests of which it is known what they ask for. */
  seen = 0;
  readonly #grammar: Grammar;
  #named: 'read' | 'write' = 'read';
  #inside = false;
  #lost = false;

  constructor(protocol: Protocol) {
    this.#grammar = GRAMMARS[protocol]();
  }

  /** The requests of this chunk; none any more once the stream was not what it should be. */
  feed(bytes: Buffer): Segment[] {
    const segments: Segment[] = [];
    let from = 0;
    for (let at = 0; at < bytes.length && !this.#lost;) {
      const step = this.#grammar(bytes, at);
      if (step === undefined) {
        this.#lost = true;
        return [];
      }
      at = step.at;
      this.#note(step);
      if (!step.ends && at < bytes.length) continue;
      segments.push({ from, to: at, begins: !this.#inside, ...(step.ends && { ends: this.#named }) });
      this.#inside = !step.ends;
      from = at;
    }
    return segments;
  }

  #note({ named }: Step): void {
    if (named === undefined) return;
    this.seen += 1;
    this.#named = named;
  }
}
