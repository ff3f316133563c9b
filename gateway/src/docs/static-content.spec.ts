import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Content, StaticContent } from './static-content.js';

const LONG = 'souk '.repeat(1_000);

describe('static content for readers of gzip', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'static-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  let compressed: number;
  let contents: StaticContent;
  beforeEach(() => {
    compressed = 0;
    contents = new StaticContent(async (bytes) => (compressed++, gzipSync(bytes)));
  });

  async function read(content: Content, method = 'GET') {
    const sent: { headers: Record<string, string>; body?: unknown } = { headers: {} };
    const reply = {
      getHeader: (name: string) => sent.headers[name],
      headers: (all: Record<string, string>) => (Object.assign(sent.headers, all), reply),
      header: (name: string, value: string) => ((sent.headers[name] = value), reply),
      send: (body: unknown) => ((sent.body = body), reply),
    };
    const request = { method, query: {}, headers: { 'accept-encoding': 'gzip' } };
    await contents.answer(request as unknown as FastifyRequest, reply as unknown as FastifyReply, content);
    return sent;
  }
  const text = (body: unknown): string => gunzipSync(body as Buffer).toString();

  it.each<[string, () => Content]>([
    ['a text', () => ({ type: 'text/plain', text: LONG })],
    ['a file', () => (writeFileSync(join(dir, 'a.txt'), LONG), { type: 'text/plain', file: join(dir, 'a.txt') })],
  ])('is compressed once: %s', async (_what, make) => {
    const content = make();
    const [first, second] = await Promise.all([read(content), read(content)]);
    const head = await read(content, 'HEAD');
    expect([text(first.body), text(second.body), head.body]).toEqual([LONG, LONG, undefined]);
    expect(first.headers['content-length']).toBe(String((first.body as Buffer).length));
    expect(head.headers).toEqual(first.headers);
    expect(compressed).toBe(1);
  });

  it('is compressed anew, with another validator, when the file has changed', async () => {
    const content = { type: 'text/plain', file: join(dir, 'b.txt') };
    writeFileSync(content.file, LONG);
    const before = await read(content);
    writeFileSync(content.file, LONG.replace('s', 'S'));
    utimesSync(content.file, 1, 1);
    const after = await read(content);
    expect([text(after.body), compressed]).toEqual([LONG.replace('s', 'S'), 2]);
    expect(after.headers['etag']).not.toBe(before.headers['etag']);
  });

  it('tries again after a failure', async () => {
    let tries = 0;
    contents = new StaticContent(async (bytes) => {
      if (tries++ === 0) throw new Error('no memory');
      return gzipSync(bytes);
    });
    const content = { type: 'text/plain', text: LONG };
    await expect(read(content)).rejects.toThrow('no memory');
    expect(text((await read(content)).body)).toBe(LONG);
  });
});
