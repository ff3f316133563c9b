import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { DeadLetter, DeadLetterList } from '@souk/contracts';
import { ApiClient } from '../api-client.ts';
import { DeadLetterClient } from './dead-letters.ts';
import { isSettled, renderDetails, renderList, renderSettled } from './render.ts';
import type { Settled } from './dead-letters.ts';

const letter = (id: string, change: Partial<DeadLetter> = {}): DeadLetter => ({
  id,
  service: 'inventory',
  kind: 'message',
  topic: 'things.v1',
  key: 'k',
  type: 'thing.v1',
  messageId: 'm',
  cause: 'poison',
  attempts: 5,
  firstAt: '2026-01-01T00:00:00.000Z',
  lastAt: '2026-01-01T00:00:01.000Z',
  waiting: 0,
  ...change,
});

/** A gateway that answers with this list and the letters in it (and `hidden`, which no list shows), and every POST with `answer`. */
function clientOf(
  list: Partial<DeadLetterList>,
  answer: { status: number; body: unknown } = { status: 200, body: {} },
  hidden: readonly DeadLetter[] = [],
) {
  const seen: string[] = [];
  const fake: typeof fetch = async (input, init) => {
    const { pathname, search } = new URL(String(input));
    const method = init?.method ?? 'GET';
    seen.push(`${method} ${pathname}${search}`);
    if (method === 'POST') return Response.json(answer.body, { status: answer.status });
    const [service, id] = pathname.split('/').slice(4);
    if (id !== undefined) {
      const known = [...(list.items ?? []), ...hidden].find((one) => one.service === service && one.id === id);
      return Response.json(known ?? { code: 'dead-letter-not-found' }, { status: known === undefined ? 404 : 200 });
    }
    return Response.json({ items: [], total: list.items?.length ?? 0, missing: [], ...list });
  };
  const shop = {
    instance: 'default',
    gatewayUrl: 'http://shop.test',
    token: async (user: string) => `token of ${user}`,
  };
  return { seen, client: new DeadLetterClient(shop, new ApiClient(shop.gatewayUrl, 'default', fake)) };
}

describe('dead letters from the command line', () => {
  it('asks for those that are meant', async () => {
    const { seen, client } = clientOf({});
    await client.list({ service: 'order', key: 'a b' }, 7);
    expect(seen).toEqual(['GET /api/admin/dead-letters?service=order&key=a+b&limit=7']);
  });

  it('takes the beginning of an id, and the whole one before it', async () => {
    const { client } = clientOf({ items: [letter('t-0-1'), letter('t-0-12'), letter('u-0-1')] });
    expect((await client.find('u')).id).toBe('u-0-1');
    expect((await client.find('t-0-1')).id).toBe('t-0-1');
    await expect(client.find('t-0')).rejects.toMatchObject({ fix: expect.stringContaining('more of the id') });
  });

  it('says that a service did not answer when it knows no such letter', async () => {
    const { client } = clientOf({ missing: [{ service: 'order', reason: 'timeout' }] });
    await expect(client.find('t')).rejects.toMatchObject({ why: 'order did not answer' });
  });

  it('finds a whole id that is not among the oldest, and does not guess by a beginning then', async () => {
    const list = { items: [letter('t-0-1'), letter('t-0-9')], total: 700 };
    const { client } = clientOf(list, undefined, [letter('t-0-12', { service: 'order' })]);
    expect(await client.find('t-0-12')).toMatchObject({ id: 't-0-12', service: 'order' });
    expect((await client.find('t-0-1')).id).toBe('t-0-1');
    const unsure = { why: 'there are 700, and only the oldest 2 of them were looked at', fix: 'write the whole id' };
    await expect(client.find('t-0-12', { service: 'inventory' })).rejects.toMatchObject(unsure);
    await expect(client.find('t-0-12', { key: 'other' })).rejects.toMatchObject(unsure);
    const one = clientOf({ items: [letter('t-0-1')], total: 700 });
    await expect(one.client.find('t-0')).rejects.toMatchObject({ fix: 'write the whole id' });
  });

  it('asks which service when several keep the same letter', async () => {
    const { client } = clientOf({ items: [letter('t-0-1'), letter('t-0-1', { service: 'order-query' })] });
    await expect(client.find('t-0-1')).rejects.toMatchObject({ fix: 'name the service with --service' });
  });

  it('tells that somebody else was faster instead of failing', async () => {
    const { seen, client } = clientOf({}, { status: 404, body: { code: 'dead-letter-not-found' } });
    expect(await client.settle(letter('t-0-1'), 'discard')).toMatchObject({ outcome: 'gone' });
    expect(seen).toEqual(['POST /api/admin/dead-letters/inventory/t-0-1/discard']);
    const busy = clientOf({}, { status: 409, body: { code: 'dead-letter-busy' } });
    await expect(busy.client.settle(letter('t-0-1'), 'replay')).rejects.toThrow('409 dead-letter-busy');
  });
});

describe('dead letters for people', () => {
  const plain = (lines: string | string[]): string => stripVTControlCharacters([lines].flat().join('\n'));

  it('a list says what waits, how many more there are and who did not answer', () => {
    const items = [letter('t-0-1', { waiting: 2 }), letter('t-0-2', { attempts: 1, type: null, key: '' })];
    const text = plain(renderList({ items, total: 3, missing: [{ service: 'order', reason: 'timeout' }] }));
    expect(text).toContain('t-0-1  inventory  thing.v1  key k, 2 messages behind it');
    expect(text).toContain('t-0-2  inventory  no type  key –\n      poison (once, last at');
    expect(text).toContain('… and 1 more');
    expect(text).toContain('order did not answer (timeout)');
  });

  it('an empty list is only empty when all have answered', () => {
    const missing: DeadLetterList['missing'] = [{ service: 'order', reason: 'unavailable' }];
    expect(plain(renderList({ items: [], total: 0, missing: [] }))).toBe('  no dead letters');
    expect(plain(renderList({ items: [], total: 0, missing }))).toContain('of those who answered');
  });

  it('one letter has its headers and bytes', () => {
    const text = plain(
      renderDetails({ ...letter('t-0-1'), headers: { ce_id: 'm' }, value: 'AP8=', encoding: 'base64' }),
    );
    expect(text).toContain('ce_id: m\n      AP8= (base64)');
  });

  it.each<[Settled['outcome'], string, boolean]>([
    ['released', '3 messages handled, nothing waits any more', true],
    ['still-dead', 'is still dead: again; 1 message behind it', false],
    ['blocked', 'now t-0-9 is dead: again', false],
    ['sent-again', 'sent to the broker again', true],
    ['gone', 'somebody else has settled it', true],
  ])('%s', (outcome, words, settled) => {
    const result: Settled = {
      id: 't-0-1',
      service: 'order',
      action: 'replay',
      outcome,
      applied: 3,
      waiting: 1,
      blockedBy: { id: 't-0-9', cause: 'again' },
    };
    expect(plain(renderSettled(result))).toContain(words);
    expect(isSettled(result)).toBe(settled);
  });
});
