import { closeSync, fsyncSync, mkdtempSync, openSync, readFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a client may do to the shop; `key` is the idempotency key of a `place` and the order id of all others. */
export type Operation = 'place' | 'cancel' | 'return' | 'read';

/**
 * One edge of an operation. `invoke` is written before the request leaves; `ok` when it certainly happened, `fail` when it
 * certainly did not, `info` when nobody can tell (the connection broke, or the shop was in trouble).
 */
export interface Edge {
  readonly index: number;
  readonly process: number;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly f: Operation;
  readonly key: string;
  /** Of an invoke: what was asked for. Of an answer: status, code, orderId, order version … whatever a checker needs. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Monotonic clock of the client in nanoseconds, as text: it does not fit a JSON number. */
  readonly monoNs: string;
}

/** An operation whose end is not written yet. */
export interface OpenOperation {
  ok(value?: Edge['value']): Edge;
  fail(value?: Edge['value']): Edge;
  info(value?: Edge['value']): Edge;
}

/**
 * The client's own record, as Jepsen keeps it (https://jepsen.io/consistency): one JSON line an edge, on disk before anything
 * else happens. A process that ended an operation with `info` is never heard of again: it may still be under way.
 */
export class History {
  readonly file: string;
  readonly edges: Edge[] = [];
  readonly #fd: number;
  readonly #idle: number[] = [];
  #processes = 0;

  constructor(file = join(mkdtempSync(join(tmpdir(), 'souk-history-')), 'history.jsonl')) {
    this.file = file;
    this.#fd = openSync(file, 'a');
  }

  invoke(f: Operation, key: string, value: Edge['value'] = {}): OpenOperation {
    const process = this.#idle.pop() ?? this.#processes++;
    const write = (type: Edge['type'], what: Edge['value']) => this.#write({ process, type, f, key, value: what });
    write('invoke', value);
    const end =
      (type: 'ok' | 'fail') =>
      (what: Edge['value'] = {}) => {
        const edge = write(type, what);
        this.#idle.push(process);
        return edge;
      };
    return { ok: end('ok'), fail: end('fail'), info: (what = {}) => write('info', what) };
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(what: Omit<Edge, 'index' | 'monoNs'>): Edge {
    const edge: Edge = { ...what, index: this.edges.length, monoNs: String(process.hrtime.bigint()) };
    this.edges.push(edge);
    writeSync(this.#fd, `${JSON.stringify(edge)}\n`);
    fsyncSync(this.#fd);
    return edge;
  }
}

/** Reads a record back, for a check that runs later or elsewhere. */
export function readHistory(file: string): Edge[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Edge);
}
