import { describe, expect, it } from '@jest/globals';
import { CodedError, type HttpResponse } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Compression } from './compression.js';
import { Delivery } from './delivery.js';
import type { Encoders } from './encoders.js';
import { encoders } from './encoders.js';

const broken: Encoders = {
  whole: () => Promise.reject(new Error('no memory')),
  stream: () => {
    throw new Error('no memory');
  },
};

interface Options {
  readonly by?: Encoders;
  readonly hasLeft?: boolean;
  readonly isBad?: boolean;
  readonly fault?: Error;
  readonly bytes?: () => Promise<Buffer>;
}

/** What becomes of an answer and of its caller. */
async function given(
  headers: Record<string, string>,
  { by = encoders, hasLeft = false, isBad = false, fault, bytes = async () => Buffer.alloc(2_000) }: Options = {},
) {
  const seen = {
    dumped: 0,
    destroyed: hasLeft,
    hijacked: false,
    sent: 0,
    error: undefined as unknown,
    cuts: [] as unknown[],
  };
  const raw = {
    get destroyed() {
      return seen.destroyed;
    },
    destroy: () => (seen.destroyed = true),
    writeHead: () => {
      if (isBad) throw new TypeError('Invalid character in header content');
      return raw;
    },
    flushHeaders: () => undefined,
  };
  const reply = {
    raw,
    getHeaders: () => ({}),
    hijack: () => (seen.hijacked = true),
    get sent() {
      return seen.hijacked;
    },
  } as unknown as FastifyReply;
  const body = {
    dump: () => void (seen.dumped += 1),
    bytes,
    fault,
    sendTo: async () => void (seen.sent += 1),
  } as unknown as HttpResponse['body'];
  const compression = new Compression({ value: { compression: true, compressionMinBytes: 1 } }, by);
  const delivery = new Delivery(compression, (error) => seen.cuts.push(error));
  const request = { method: 'GET', headers: { 'accept-encoding': 'gzip' } } as unknown as FastifyRequest;
  await delivery.send({ status: 200, headers, body }, request, reply).catch((error: unknown) => (seen.error = error));
  return seen;
}

describe('the way out', () => {
  const json = { 'content-type': 'application/json' };

  it('leads on', async () => {
    expect(await given({})).toMatchObject({ sent: 1, dumped: 0, destroyed: false, cuts: [] });
  });

  const aborted = new CodedError('timeout', 'upstream-timeout', 'nobody waits any more');
  const fault = new CodedError('unavailable', 'upstream-unavailable', 'cut');
  const compressible = { ...json, 'content-length': '2000' };

  it.each<[string, Record<string, string>, Options, unknown[]]>([
    ['a service that cuts it', {}, { fault }, [fault]],
    [
      'a service that cuts it before it is compressed',
      compressible,
      { fault, bytes: () => Promise.reject(fault) },
      [fault],
    ],
    ['headers that cannot be written', {}, { isBad: true }, [expect.any(TypeError)]],
    ['a caller who leaves', compressible, { bytes: () => Promise.reject(aborted) }, []],
    ['a caller who left', {}, { hasLeft: true }, []],
  ])('tells once why it was cut, and nothing of who left: %s', async (_what, headers, options, cuts) => {
    expect((await given(headers, options)).cuts).toEqual(cuts);
  });

  it.each<[string, Record<string, string>, Parameters<typeof given>[1]]>([
    ['headers that cannot be written', {}, { isBad: true }],
    ['an encoder that fails', { ...json, 'content-length': '2000' }, { by: broken }],
    ['no encoder', json, { by: broken }],
  ])('with %s ends in a cut answer, and holds no connection', async (_what, headers, options) => {
    expect(await given(headers, options)).toMatchObject({ dumped: 1, destroyed: true, sent: 0, error: undefined });
  });

  it('is closed for who left', async () => {
    expect(await given({}, { hasLeft: true })).toMatchObject({ dumped: 1, sent: 0, error: undefined });
  });

  it('throws what goes wrong while another answer can still be given', async () => {
    const compression = { apply: () => { throw new Error('early'); } } as unknown as Compression; // prettier-ignore
    let dumped = 0;
    const body = { dump: () => void (dumped += 1) } as unknown as HttpResponse['body'];
    const reply = { getHeaders: () => ({}), sent: false } as unknown as FastifyReply;
    const sending = new Delivery(compression, () => undefined).send(
      { status: 200, headers: {}, body },
      {} as FastifyRequest,
      reply,
    );
    await expect(sending).rejects.toThrow('early');
    expect(dumped).toBe(1);
  });
});
