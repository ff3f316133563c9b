import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { parseInput } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/** A file on disk, or a text of our own. */
export type Content = { readonly type: string } & ({ readonly file: string } | { readonly text: string });

const noQuery = z.strictObject({});

/** Smaller answers fit into one packet as they are. */
const WORTH_COMPRESSING = 1_400;

type Compress = (bytes: Buffer) => Promise<Buffer>;

interface Known {
  /** Another one: the file has changed. */
  readonly version: string;
  readonly validator: Promise<string>;
  gzipped?: Promise<Buffer>;
}

/**
 * Answers with contents that never change while the process runs, save in development: with a validator, compressed for those
 * who want it. Compressed once, when first wanted, and kept (half a megabyte in all); plain bytes are streamed from disk.
 */
export class StaticContent {
  readonly #known = new WeakMap<Content, Known>();
  readonly #compress: Compress;

  constructor(compress: Compress = promisify(gzip)) {
    this.#compress = compress;
  }

  async answer(request: FastifyRequest, reply: FastifyReply, content: Content): Promise<void> {
    parseInput(noQuery, { ...(request.query as object) });
    const { size, known } = await this.#describe(content);
    const validator = await known.validator;
    void reply.headers({
      'content-type': content.type,
      'cache-control': 'public, no-cache',
      vary: [reply.getHeader('vary') ?? [], 'accept-encoding'].flat().join(', '),
      etag: validator,
    });
    if (knows(request.headers['if-none-match'], validator)) return void reply.code(304).send();
    const isGzip = size >= WORTH_COMPRESSING && takesGzip(request.headers['accept-encoding']);
    const gzipped = isGzip ? await this.#gzipped(content, known) : undefined;
    if (gzipped !== undefined) void reply.header('content-encoding', 'gzip');
    void reply.header('content-length', String(gzipped?.length ?? size));
    if (request.method === 'HEAD') return void reply.send();
    await reply.send(gzipped ?? ('text' in content ? content.text : createReadStream(content.file)));
  }

  async #describe(content: Content): Promise<{ size: number; known: Known }> {
    if ('text' in content) return { size: Buffer.byteLength(content.text), known: this.#knownOf(content, '') };
    const { size, mtimeMs } = await stat(content.file);
    return { size, known: this.#knownOf(content, `${size} ${mtimeMs}`) };
  }

  #knownOf(content: Content, version: string): Known {
    const known = this.#known.get(content);
    if (known?.version === version) return known;
    const made: Known = { version, validator: hashOf(content) };
    this.#known.set(content, made);
    made.validator.catch(() => this.#known.delete(content));
    return made;
  }

  #gzipped(content: Content, known: Known): Promise<Buffer> {
    known.gzipped ??= bytesOf(content).then(this.#compress);
    known.gzipped.catch(() => delete known.gzipped);
    return known.gzipped;
  }
}

const bytesOf = async (content: Content): Promise<Buffer> =>
  'text' in content ? Buffer.from(content.text) : readFile(content.file);

/** Weak: the bytes on the wire differ by their encoding. */
async function hashOf(content: Content): Promise<string> {
  const hash = createHash('sha256');
  if ('text' in content) hash.update(content.text);
  else for await (const chunk of createReadStream(content.file)) hash.update(chunk as Buffer);
  return `W/"${hash.digest('base64url').slice(0, 22)}"`;
}

const knows = (header: string | undefined, validator: string): boolean =>
  header !== undefined && header.split(',').some((one) => [validator, validator.slice(2), '*'].includes(one.trim()));

function takesGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .some((coding) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(coding));
}
