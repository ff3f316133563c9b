import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { parseInput } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/** A file on disk, or a text of our own. */
export type Content = { readonly type: string } & ({ readonly file: string } | { readonly text: string });

const noQuery = z.strictObject({});

/** Smaller answers fit into one packet as they are. */
const WORTH_COMPRESSING = 1_400;

/**
 * Answers with contents that never change while the process runs, save in development: with a validator, compressed for those
 * who want it, streamed from disk so that megabytes for a rare reader are not kept in memory.
 */
export class StaticContent {
  readonly #validators = new Map<string, Promise<string>>();

  async answer(request: FastifyRequest, reply: FastifyReply, content: Content): Promise<void> {
    parseInput(noQuery, { ...(request.query as object) });
    const { size, validator } = await this.#describe(content);
    void reply.headers({
      'content-type': content.type,
      'cache-control': 'public, no-cache',
      vary: [reply.getHeader('vary') ?? [], 'accept-encoding'].flat().join(', '),
      etag: validator,
    });
    if (knows(request.headers['if-none-match'], validator)) return void reply.code(304).send();
    const isGzip = size >= WORTH_COMPRESSING && takesGzip(request.headers['accept-encoding']);
    void reply.header(isGzip ? 'content-encoding' : 'content-length', isGzip ? 'gzip' : String(size));
    if (request.method === 'HEAD') return void reply.send();
    const bytes = 'file' in content ? createReadStream(content.file) : Readable.from([content.text]);
    // When either side breaks off, the other ends with it; the reply sees to the rest.
    await reply.send(isGzip ? pipeline(bytes, createGzip(), () => undefined) : bytes);
  }

  async #describe(content: Content): Promise<{ size: number; validator: string }> {
    if ('text' in content)
      return { size: Buffer.byteLength(content.text), validator: await this.#validator(content.text, content) };
    const { size, mtimeMs } = await stat(content.file);
    return { size, validator: await this.#validator(`${content.file} ${size} ${mtimeMs}`, content) };
  }

  #validator(key: string, content: Content): Promise<string> {
    const known = this.#validators.get(key);
    if (known !== undefined) return known;
    const made = hashOf(content);
    this.#validators.set(key, made);
    made.catch(() => this.#validators.delete(key));
    return made;
  }
}

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
