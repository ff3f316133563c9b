import type { FastifyInstance } from 'fastify';
import type { Encoders } from './encoders.js';
import { alsoVary, codingFor, type Coding, isCompressible, weakened } from './encodings.js';

export interface CompressionSettings {
  readonly value: { readonly compression: boolean; readonly compressionMinBytes: number };
}

/** Names in lower case; changed in place. */
export type AnswerHeaders = Record<string, string | string[] | number | undefined>;

interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Of the body, where it is known before the body is there. */
  readonly length: number | undefined;
}
interface Asked {
  readonly method: string;
  readonly headers: { readonly 'accept-encoding'?: string | string[] | undefined };
}

/** Without a body, or with only a part of one. */
const BARE = new Set([204, 206, 304]);
/** Who says so must get the same bytes; what nobody may keep holds secrets, which a guessed text beside them would give away by its size (BREACH). */
const AS_IT_IS = /\bno-(?:transform|store)\b/i;

/** Pattern: Gateway Offloading. Decides which answers go out compressed; services send plain bytes. */
export class Compression {
  readonly #settings: CompressionSettings;
  readonly #encoders: Encoders;

  constructor(settings: CompressionSettings, encoders: Encoders) {
    this.#settings = settings;
    this.#encoders = encoders;
  }

  get encoders(): Encoders {
    return this.#encoders;
  }

  /** How this answer goes out, as its headers say from now on; undefined: as it is. */
  apply(asked: Asked, { status, headers, length }: Answer): Coding | undefined {
    const { compression, compressionMinBytes } = this.#settings.value;
    if (!compression || BARE.has(status) || headers['content-encoding'] !== undefined) return undefined;
    if (!isCompressible(headers['content-type']) || AS_IT_IS.test(String(headers['cache-control']))) return undefined;
    if (length !== undefined && length < compressionMinBytes) return undefined;
    headers['vary'] = alsoVary(headers['vary'], 'Accept-Encoding');
    const coding = asked.method === 'HEAD' ? undefined : codingFor(asked.headers['accept-encoding']);
    if (coding === undefined) return undefined;
    delete headers['content-length'];
    headers['content-encoding'] = coding;
    if (typeof headers['etag'] === 'string') headers['etag'] = weakened(headers['etag']);
    return coding;
  }

  /** The gateway's own answers: pages, batches, documents, problems. */
  hook(fastify: FastifyInstance): void {
    fastify.addHook('onSend', (request, reply, payload, done) => {
      if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return done();
      const length = Buffer.byteLength(payload);
      const headers: AnswerHeaders = { ...reply.getHeaders() };
      const coding = this.apply(request, { status: reply.statusCode, headers, length });
      if (headers['vary'] !== undefined) void reply.header('vary', headers['vary']);
      if (coding === undefined) return done();
      void reply.removeHeader('content-length').header('content-encoding', coding);
      if (headers['etag'] !== undefined) void reply.header('etag', headers['etag']);
      this.#encoders.whole(coding, Buffer.from(payload)).then((bytes) => done(null, bytes), done);
    });
  }
}
