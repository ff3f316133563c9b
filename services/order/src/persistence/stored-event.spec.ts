import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fold, type OrderEvent } from '../domain/order.js';
import { path } from '../test/order.mother.js';
import { fromStored, schemaVersionOf, type StoredEvent, toStored } from './stored-event.js';

/** A row as a release wrote it, and the event that every later one reads from it. Files are added, never changed. */
interface Fixture {
  readonly stored: StoredEvent;
  readonly reads: OrderEvent;
}

const FOLDER = join(import.meta.dirname, '../../test/stored-events');
const read = (name: string) => JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Fixture;

const everyType: Record<OrderEvent['type'], true> = {
  placed: true,
  'stock-reserved': true,
  'payment-authorised': true,
  'stock-committed': true,
  'payment-captured': true,
  confirmed: true,
  rejected: true,
  'cancel-requested': true,
  cancelled: true,
  'stock-returned': true,
  'payment-refunded': true,
  shipped: true,
  'return-requested': true,
  refunded: true,
};
const types = Object.keys(everyType) as OrderEvent['type'][];
const everyVersion = types.flatMap((type) =>
  Array.from({ length: schemaVersionOf(type) }, (_, i) => `${type}.v${i + 1}`),
);

describe('a stored event', () => {
  it('is read as it was written', () => {
    const stored = path['return-requested'].map((event, i) => toStored(event, i + 1));
    expect(stored.map(fromStored)).toEqual(path['return-requested']);
  });

  it('of a newer release is not guessed at', () => {
    const newer = { ...toStored(path.confirmed[0], 1), schema_version: schemaVersionOf('placed') + 1 };
    expect(() => fromStored(newer)).toThrow('schema version');
  });
});

describe('ES-6: an event of any release', () => {
  it.each(everyVersion)('%s is still read', (name) => {
    const { stored, reads } = read(name);
    expect(`${stored.type}.v${stored.schema_version}`).toBe(name);
    expect(fromStored(stored)).toEqual(reads);
  });

  it('is a file for ever: none is there that nobody reads', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(everyVersion.map((name) => `${name}.json`).sort());
  });

  it('of before orders had terms of their own is an order with the terms of then', () => {
    const names = ['placed.v1', 'stock-reserved.v1', 'payment-authorised.v1', 'stock-committed.v1', 'confirmed.v1'];
    const order = fold(names.map((name) => fromStored(read(name).stored)));
    expect(order).toMatchObject({ status: 'confirmed', returnDays: 14 });
  });
});
