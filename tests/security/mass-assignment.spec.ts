import { describe, expect, it } from '@jest/globals';
import { stuffed, writables } from './mass-assignment.ts';
import { BEHIND } from './support/door.ts';

describe('the bodies with a field too many', () => {
  const body = { version: 0, lines: [{ sku: 'A', quantity: 1 }], address: { city: 'Gent' }, headers: { a: 'b' } };
  const names = stuffed(body).map(({ name }) => name);

  it('have it at every level that is not free', () => {
    expect(names).toEqual(expect.arrayContaining(['role', '__proto__', 'lines.price', 'address._id']));
    expect(names.filter((name) => name.startsWith('headers.'))).toEqual([]);
  });

  it('have none that is in the body anyway', () => {
    expect(names).not.toContain('version');
    expect(names).toContain('lines.version');
  });

  it('name a prototype as a field that is sent', () => {
    const poisoned = stuffed({}).find(({ name }) => name === '__proto__');
    expect(JSON.stringify(poisoned?.body)).toBe('{"__proto__":{"role":"admin"}}');
  });

  it('are there for every operation that takes one', () => {
    const keys = [undefined, ...BEHIND].flatMap((service) => writables(service).map(({ key }) => key));
    expect(keys.length).toBeGreaterThan(15);
    expect(keys).toEqual(expect.arrayContaining(['POST /api/orders', 'POST /admin/products', 'PUT /cart']));
  });
});
