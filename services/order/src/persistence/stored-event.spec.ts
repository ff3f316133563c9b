import { describe, expect, it } from '@jest/globals';
import { path } from '../test/order.mother.js';
import { fromStored, SCHEMA_VERSION, toStored } from './stored-event.js';

describe('a stored event', () => {
  it('is read as it was written', () => {
    const stored = path.confirmed.map((event, i) => toStored(event, i + 1));
    expect(stored.map(fromStored)).toEqual(path.confirmed);
  });

  it('of a newer release is not guessed at', () => {
    const newer = { ...toStored(path.confirmed[0], 1), schema_version: SCHEMA_VERSION + 1 };
    expect(() => fromStored(newer)).toThrow('schema version');
  });
});
