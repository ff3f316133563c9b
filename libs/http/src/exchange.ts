import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

/** The body of an answer, perhaps still on its way. It is read once, in one of these ways, or dumped. */
export interface AnswerBody {
  /**
   * On to a caller, as fast as they take it; their headers must be written. A cut answer is cut for them as well. Resolves when
   * nothing more comes, never rejects.
   */
  sendTo(out: ServerResponse): Promise<void>;
  /** @throws what ended the answer before its end */
  bytes(): Promise<Buffer>;
  text(): Promise<string>;
  /** @throws SyntaxError when it is no JSON */
  json(): Promise<unknown>;
  /** For transformations; who destroys it ends the call. */
  stream(): Readable;
  /** Nobody wants it: the call is ended. */
  dump(): void;
  /** What the other side did wrong after its headers; undefined while all is well, and where it was ended from here. */
  readonly fault: Error | undefined;
  /** Calls `fn` once, when nothing more comes: complete, cut or ended from here. */
  whenOver(fn: () => void): void;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: AnswerBody;
}

/** What takes a body as it comes. `write` is false while it can take no more; `drained` is called when it can. */
interface Sink {
  write(chunk: Buffer): boolean;
  end(): void;
  /** The body was cut. */
  fail(error: Error): void;
}

const DONE = Promise.resolve();
/** What waits here while nobody reads; more stays on the other side of the socket. */
const MAX_WAITING_BYTES = 64 * 1024;

/**
 * One call and its answer, straight on undici's dispatch: no stream, no signal and no listener is made for it. Those of `request`
 * cost a proxy more than all of its own work. `fault` turns what undici says into an error of ours.
 */
export class Exchange implements Dispatcher.DispatchHandler, AnswerBody {
  readonly answer: Promise<HttpResponse>;
  readonly #fault: (cause: unknown, aborted: boolean) => Error;
  #settle: { resolve: (answer: HttpResponse) => void; reject: (error: Error) => void } | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #chunks: Buffer[] = [];
  #waitingBytes = 0;
  #sink: Sink | undefined;
  #state: 'open' | 'complete' | 'aborted' | 'failed' = 'open';
  #error: Error | undefined;
  #over: (() => void) | undefined;

  constructor(fault: (cause: unknown, aborted: boolean) => Error) {
    this.#fault = fault;
    this.answer = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
  }

  get fault(): Error | undefined {
    return this.#state === 'failed' ? this.#error : undefined;
  }

  /** Nobody waits for it any more; nothing happens where it is over. */
  abort(reason: Error = new Error('nobody waits for the answer any more')): void {
    if (this.#state !== 'open') return;
    this.#state = 'aborted';
    this.#controller?.abort(reason);
    this.#fail(this.#fault(reason, true));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#state === 'aborted') controller.abort(new Error('aborted while it waited for a connection'));
  }

  onResponseStart(_controller: unknown, status: number, headers: HttpResponse['headers']): void {
    // 1xx is no answer yet.
    if (status < 200) return;
    this.#settle?.resolve({ status, headers, body: this });
    this.#settle = undefined;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#sink !== undefined) {
      if (!this.#sink.write(chunk)) controller.pause();
      return;
    }
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#state !== 'open') return;
    this.#state = 'complete';
    this.#sink?.end();
    this.#over?.();
  }

  onResponseError(_controller: unknown, cause: Error): void {
    if (this.#state !== 'open') return;
    this.#state = 'failed';
    this.#fail(this.#fault(cause, false));
  }

  sendTo(out: ServerResponse): Promise<void> {
    // Who left before is not heard to close: nothing would ever be taken, and the connection never be free.
    if (out.destroyed) {
      this.dump();
      return DONE;
    }
    if (this.#state === 'open') {
      // An event stream may stay silent for long; its headers are news already.
      if (this.#chunks.length === 0) out.flushHeaders();
      out.once('close', () => this.abort());
    }
    this.#readBy(new Outward(out, () => this.#controller?.resume()));
    return this.#state === 'open' ? new Promise((resolve) => this.whenOver(resolve)) : DONE;
  }

  bytes(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const write = (chunk: Buffer): boolean => chunks.push(chunk) > 0;
      this.#readBy({ write, end: () => resolve(Buffer.concat(chunks)), fail: reject });
    });
  }

  async text(): Promise<string> {
    return (await this.bytes()).toString();
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  stream(): Readable {
    const readable = new Readable({
      read: () => this.#controller?.resume(),
      destroy: (error, done) => {
        this.abort();
        done(error);
      },
    });
    this.#readBy({
      write: (chunk) => readable.push(chunk),
      end: () => void readable.push(null),
      fail: (error) => void readable.destroy(error),
    });
    return readable;
  }

  dump(): void {
    this.#chunks = [];
    this.abort();
  }

  whenOver(fn: () => void): void {
    const before = this.#over;
    if (this.#state === 'open') this.#over = before === undefined ? fn : () => (before(), fn());
    else fn();
  }

  #readBy(sink: Sink): void {
    if (this.#sink !== undefined) throw new Error('this body is read already');
    const [chunks, wasFull] = [this.#chunks, this.#waitingBytes > MAX_WAITING_BYTES];
    this.#chunks = [];
    this.#waitingBytes = 0;
    this.#sink = sink;
    let takesMore = true;
    for (const chunk of chunks) takesMore = sink.write(chunk);
    if (this.#error !== undefined) sink.fail(this.#error);
    else if (this.#state === 'complete') sink.end();
    else if (!takesMore) this.#controller?.pause();
    else if (wasFull) this.#controller?.resume();
  }

  #fail(error: Error): void {
    this.#error = error;
    this.#settle?.reject(error);
    this.#settle = undefined;
    this.#sink?.fail(error);
    this.#over?.();
  }
}

/** A caller of ours who takes a body. */
class Outward implements Sink {
  readonly #out: ServerResponse;
  readonly #resume: () => void;
  #waits = false;

  constructor(out: ServerResponse, resume: () => void) {
    this.#out = out;
    this.#resume = resume;
  }

  write(chunk: Buffer): boolean {
    if (this.#out.write(chunk)) return true;
    if (!this.#waits) this.#out.once('drain', this.#drained);
    this.#waits = true;
    return false;
  }

  end(): void {
    this.#out.end();
  }

  fail(): void {
    this.#out.destroy();
  }

  readonly #drained = (): void => {
    this.#waits = false;
    this.#resume();
  };
}
