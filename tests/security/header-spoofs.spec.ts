import { expect, it } from '@jest/globals';
import { BELIEVED, REMOVALS, SPOOFS } from './header-spoofs.ts';

it('the spoofed headers are more than 200, each name in each form, none twice', () => {
  const sent = new Set([...SPOOFS, ...REMOVALS].map(({ headers }) => JSON.stringify(headers)));
  expect(sent.size).toBeGreaterThan(200);
  expect(new Set(SPOOFS.map(({ name }) => name))).toEqual(new Set(BELIEVED));
  expect(SPOOFS.length % BELIEVED.length).toBe(0);
});
