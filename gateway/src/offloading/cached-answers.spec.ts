import { describe, expect, it } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Ask, CachedAnswers, type CachedAnswersOptions } from './cached-answers.js';

const table = {};

/** A kept answer for a customer; what becomes of the customer's connection when it cannot go out. */
async function given({ headers, whole }: { headers: object; whole: () => Promise<Buffer> }) {
  let destroyed = false;
  const cuts: unknown[] = [];
  const raw = {
    destroy: () => (destroyed = true),
    writeHead: () => {
      throw new TypeError('Invalid character in header content');
    },
  };
  const reply = { raw, getHeaders: () => ({}), hijack: () => undefined } as unknown as FastifyReply;
  const can = { isPublic: true, isCompressible: true };
  const kept = { ...can, body: Buffer.alloc(9), coded: {}, headers: {}, etag: '"1"', chosenBy: [] };
  const options = {
    cache: { fresh: () => kept, ageMs: () => 0, freshMs: () => 1 },
    rules: { hintOf: () => ({ seconds: 1 }), hasCredentials: () => true },
    compression: { encoders: { whole } },
    routes: { table },
    tellCut: (error: unknown) => cuts.push(error),
  } as unknown as CachedAnswersOptions;
  const settings = { value: { responseCache: true, compression: true, compressionMinBytes: 1 } };
  const request = { method: 'GET', headers, raw: { url: '/api/products' } } as unknown as FastifyRequest;
  const offer = await new CachedAnswers(options, settings).offer(request, reply, { route: {}, table } as Ask);
  return [offer.kind, destroyed, cuts.length];
}

describe('a kept answer that cannot go out', () => {
  const failing = () => Promise.reject(new Error('no memory'));

  it.each([
    ['its headers cannot be written', { headers: {}, whole: failing }],
    [
      'nor can those of its compressed form',
      { headers: { 'accept-encoding': 'gzip' }, whole: async () => Buffer.of(1) },
    ],
    ['its encoder fails', { headers: { 'accept-encoding': 'gzip' }, whole: failing }],
  ])('is cut, and no fault of the gateway: %s', async (_why, how) => {
    expect(await given(how)).toEqual(['answered', true, 1]);
  });
});

describe('a request that began with another route table', () => {
  it('RTE-7 CCH-2 is neither given what is kept by this one nor kept for it', async () => {
    const routes = { table: {} };
    let loads = 0;
    const cache = { purge: () => 0, get: async () => void (loads += 1), fresh: () => ({ isPublic: true }) };
    const rules = { hintOf: () => ({ seconds: 1 }), hasCredentials: () => false };
    const options = { cache, rules, routes } as unknown as CachedAnswersOptions;
    const settings = { value: { responseCache: true, compression: true, compressionMinBytes: 1 } };
    const answers = new CachedAnswers(options, settings);
    const request = { method: 'GET', headers: {}, raw: { url: '/api/products' } } as unknown as FastifyRequest;
    const began = { route: {}, table: routes.table } as Ask;
    routes.table = {};
    expect(await answers.offer(request, {} as FastifyReply, began)).toEqual({ kind: 'alone' });
    rules.hasCredentials = () => true;
    expect(await answers.offer(request, {} as FastifyReply, began)).toEqual({ kind: 'alone' });
    expect(loads).toBe(0);
  });
});
