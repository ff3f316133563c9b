import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Customer } from './customer.ts';
import { History } from './history.ts';

const folder = mkdtempSync(join(tmpdir(), 'customer-'));
afterAll(() => rmSync(folder, { recursive: true }));
const wish = { key: 'k1', lines: [] };

/** A customer who asks once for each answer; 0 is none. */
async function openAfter(...statuses: number[]): Promise<string[]> {
  const left = [...statuses];
  const send = async () => {
    const status = left.shift() ?? 0;
    if (status === 0) throw new Error('the connection broke');
    return { status, headers: new Headers(), body: (status === 202 ? { orderId: 'o1' } : {}) as never };
  };
  const history = new History(join(folder, `${statuses.join('-')}.jsonl`));
  const customer = new Customer({ send }, async () => 'token', history, 'ann');
  for (const _ of statuses) await customer.place(wish);
  history.close();
  return customer.openKeys();
}

describe('a key is open while nobody can tell what became of it', () => {
  it.each<[string, number[], boolean]>([
    ['it was accepted', [202], false],
    ['it was accepted after an answer was lost', [0, 202], false],
    ['the answer was lost', [0], true],
    ['the shop was in trouble', [503], true],
    ['another attempt is under way', [409], true],
    ['it was refused for what it asks for', [422], false],
    ['it was turned away at the door, and never let in', [429, 429], false],
    ['it was turned away after an answer was lost', [0, 429], true],
    ['it was turned away, and then the answer was lost', [429, 0], true],
    ['nobody knew the customer after an answer was lost', [0, 401], true],
    ['it was accepted, and a repeat was turned away', [202, 429], false],
  ])('%s', async (_, statuses, isOpen) => expect(await openAfter(...statuses)).toEqual(isOpen ? ['k1'] : []));
});

it('knows the newest of their own wishes that became an order', async () => {
  const left = [202, 202, 422, 202];
  const send = async () => ({ status: left.shift() ?? 0, headers: new Headers(), body: { orderId: 'o' } as never });
  const history = new History(join(folder, 'granted.jsonl'));
  const [ann, bob] = ['ann', 'bob'].map((user) => new Customer({ send }, async () => 'token', history, user));
  expect(ann?.grantedWish()).toBeUndefined();
  for (const key of ['k1', 'k2', 'k3']) await ann?.place({ key, lines: [] });
  await bob?.place({ key: 'k4', lines: [] });
  history.close();
  expect([ann?.grantedWish()?.key, bob?.grantedWish()?.key]).toEqual(['k2', 'k4']);
});
