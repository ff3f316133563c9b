import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ClientAddresses } from '../offloading/client-address.js';
import type { UpstreamCall } from '../routing/upstream.js';
import type { Upstreams } from '../routing/upstreams.js';
import { LedBatches } from './led-batches.js';

/** What is led on for a caller with these headers, and what becomes of an answer with this status. */
async function led(headers: Record<string, string>, status = 200) {
  const calls: UpstreamCall[] = [];
  const said = { status: 0, headers: {} };
  const request = async (call: UpstreamCall) => {
    calls.push(call);
    const answered = { 'content-type': 'application/problem+json', 'content-length': '2', 'retry-after': '1' };
    return { status, headers: { ...answered, 'set-cookie': 'a=b' }, body: { text: async () => '{}' } };
  };
  const table = { enter: () => undefined, leave: () => undefined, of: () => ({ request }) };
  const reply = {
    raw: Object.assign(new EventEmitter(), { destroyed: false }),
    status: (code: number) => ((said.status = code), reply),
    headers: (given: object) => ((said.headers = given), reply),
  };
  const asked = { headers, raw: { socket: { remoteAddress: '192.0.2.1' } } };
  const text = await new LedBatches({ table } as unknown as Upstreams, new ClientAddresses()).run({
    requests: [{ method: 'GET', path: '/api/products' }],
    request: asked as unknown as FastifyRequest,
    reply: reply as unknown as FastifyReply,
    token: 'inside',
  });
  return { call: calls[0], said, text };
}

describe('a batch that is led on', () => {
  it('AGG-12 goes in with the internal token and what pays for it, and nothing that opens the gateway', async () => {
    const { call } = await led({
      authorization: 'Bearer outside',
      cookie: 'souk-session=s; souk-visitor=v-1; other=x',
      'x-csrf-token': 'c',
      'x-api-key': 'k',
      'x-forwarded-for': '203.0.113.9',
    });
    expect(call?.headers).toEqual({
      authorization: 'Bearer inside',
      cookie: 'souk-visitor=v-1',
      'x-api-key': 'k',
      'content-type': 'application/json',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-proto': 'http',
      'x-real-ip': '192.0.2.1',
    });
    expect(JSON.parse(String(call?.body))).toEqual({ requests: [{ method: 'GET', path: '/api/products' }] });
  });

  it('comes back as it was answered', async () => {
    const { said, text } = await led({}, 503);
    expect([text, said]).toEqual([
      '{}',
      { status: 503, headers: { 'content-type': 'application/problem+json', 'retry-after': '1' } },
    ]);
  });
});
