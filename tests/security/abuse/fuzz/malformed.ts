import { addressOf, type Operation } from '../operations.ts';
import { requestBytes } from '../wire/request-bytes.ts';
import { HEADER_NAMES, IN_HEADERS, IN_HEADS, IN_JSON, IN_PATHS, IN_VALUES } from './nasty.ts';

export interface FuzzInput {
  /** What was done to a good request. */
  readonly kind: Kind;
  readonly operation: string;
  readonly bytes: Buffer;
}

export interface FuzzOptions {
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly operations: readonly Operation[];
  /** Of somebody who may call what needs that; undefined for visitors. */
  readonly tokenFor: (operation: Operation) => string | undefined;
}

interface Draft {
  readonly operation: Operation;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PURGE', 'PROPFIND', 'X'];
const MOST_CHANGES = 4;

/** Requests with something wrong with them, without end; the same for the same random numbers. */
export class Malformed {
  readonly #options: FuzzOptions;

  constructor(options: FuzzOptions) {
    this.#options = options;
  }

  next(): FuzzInput {
    const operation = this.#one(this.#options.operations);
    const kind = this.#one(KINDS);
    return { kind, operation: operation.id, bytes: this.#bytes(kind, this.#draft(operation)) };
  }

  #draft(operation: Operation): Draft {
    const { body, method } = operation;
    const token = this.#options.tokenFor(operation);
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json', 'idempotency-key': `fuzz-${this.#below(1e9)}` }),
    };
    const target = addressOf(operation);
    return { operation, method, target, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  }

  #bytes(kind: Kind, draft: Draft): Buffer {
    switch (kind) {
      case 'head':
        return this.#brokenHead(requestBytes(draft));
      case 'path':
        return requestBytes({ ...draft, target: this.#spoilt(draft.target, IN_PATHS) });
      case 'query':
        return requestBytes({ ...draft, target: draft.target + this.#query(draft.operation) });
      case 'method':
        return requestBytes({ ...draft, method: this.#one(METHODS) });
      case 'header':
        return requestBytes({ ...draft, headers: { ...draft.headers, ...this.#headers() } });
      case 'body':
        return requestBytes({ ...draft, body: this.#spoilt(String(draft.body ?? '{}'), IN_JSON) });
      case 'bytes':
        return requestBytes({ ...draft, body: this.#noise(this.#below(2_000)) });
      case 'noise':
        return this.#noise(1 + this.#below(500));
    }
  }

  /** Spoilt in front of the body, which stays as it is. */
  #brokenHead(good: Buffer): Buffer {
    const end = good.indexOf('\r\n\r\n') + 4;
    const head = this.#spoilt(good.subarray(0, end).toString('latin1'), IN_HEADS);
    return Buffer.concat([Buffer.from(head, 'latin1'), good.subarray(end)]);
  }

  /** A few places changed: something put in, something taken out, something doubled, or one character turned into another. */
  #spoilt(text: string, nasty: readonly string[]): string {
    let spoilt = text;
    for (let changes = 1 + this.#below(MOST_CHANGES); changes > 0; changes--) {
      const at = this.#below(spoilt.length + 1);
      const to = Math.min(spoilt.length, at + this.#below(12));
      const [before, between, after] = [spoilt.slice(0, at), spoilt.slice(at, to), spoilt.slice(to)];
      const middle = this.#one([
        this.#one(nasty) + between,
        this.#one(nasty),
        '',
        between + between,
        String.fromCharCode(this.#below(256)) + between.slice(1),
      ]);
      spoilt = before + middle + after;
    }
    return spoilt;
  }

  #query({ parameters }: Operation): string {
    const names = [...parameters.map(({ name }) => name), 'unknown', 'q[]', 'q[$ne]', '__proto__[x]'];
    const pairs = Array.from({ length: 1 + this.#below(3) }, () => `${this.#one(names)}=${this.#one(IN_VALUES)}`);
    // A blank or a high byte would be a broken head, which is another kind.
    return `?${pairs.join('&').replaceAll(/[^\x21-\x7e]/g, (character) => encodeURIComponent(character))}`;
  }

  #headers(): Record<string, string> {
    const count = 1 + this.#below(3);
    return Object.fromEntries(Array.from({ length: count }, () => [this.#one(HEADER_NAMES), this.#one(IN_HEADERS)]));
  }

  #noise(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#below(256)));
  }

  #one<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }

  #below(limit: number): number {
    return Math.floor(this.#options.random() * limit);
  }
}

export const KINDS = ['head', 'path', 'query', 'method', 'header', 'body', 'bytes', 'noise'] as const;
export type Kind = (typeof KINDS)[number];
