import { randomUUID } from 'node:crypto';
import { type Check, findings } from './support/check.ts';
import { type Operation, operationsOf, readDocument } from './support/documents.ts';
import { BEHIND, type Behind, type Door } from './support/door.ts';
import { send, type Wish } from './support/send.ts';
import { bearer } from './support/tokens.ts';

/** What nobody may set from outside, and what means something to JavaScript or a store. */
const FIELDS: Readonly<Record<string, unknown>> = {
  role: 'admin',
  roles: ['admin'],
  price: { amount: 1, currency: 'EUR' },
  total: { amount: 1, currency: 'EUR' },
  status: 'confirmed',
  userId: 'somebody-else',
  version: 999,
  isAdmin: true,
  createdAt: '2020-01-01T00:00:00.000Z',
  _id: '000000000000000000000000',
  $set: { price: 0 },
};
/** By parts, because a literal would set the prototype instead of a field. */
const POISONS: readonly (readonly [string, unknown])[] = [
  ['__proto__', { role: 'admin' }],
  ['constructor', { prototype: { role: 'admin' } }],
];

type Body = Readonly<Record<string, unknown>>;
export interface Stuffed {
  readonly name: string;
  readonly body: Body;
}

/** Fields that clients may name freely: another API of its own. */
const FREE = new Set(['headers', 'body']);

const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every object of a body with each of the fields that it does not have, one at a time. */
export function stuffed(body: Body): Stuffed[] {
  const here = [...Object.entries(FIELDS), ...POISONS]
    .filter(([name]) => !Object.hasOwn(body, name))
    .map(([name, value]) => ({ name, body: Object.fromEntries([...Object.entries(body), [name, value]]) }));
  const below = Object.entries(body).flatMap(([key, value]) => {
    if (FREE.has(key)) return [];
    const first: unknown = Array.isArray(value) ? value[0] : value;
    if (!isObject(first)) return [];
    return stuffed(first).map((inner) => {
      const changed = Array.isArray(value) ? [inner.body, ...value.slice(1)] : inner.body;
      return { name: `${key}.${inner.name}`, body: { ...body, [key]: changed } };
    });
  });
  return [...here, ...below];
}

export interface Target {
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
}
interface Writable extends Operation {
  readonly body: Body;
}

/** Every operation that takes a body, with each of the good ones that the document has. */
export function writables(service?: Behind): Writable[] {
  return operationsOf(readDocument(service)).flatMap((operation) => {
    if (operation.operation.requestBody === undefined) return [];
    if (operation.bodies.length === 0)
      throw new Error(`${operation.key} takes a body and the document has no example of one`);
    return operation.bodies.filter(isObject).map((body) => ({ ...operation, body }));
  });
}

const pathFor = ({ path }: Operation): string => path.replaceAll(/\{\w+\}/g, randomUUID());
const ask = ({ base, headers }: Target, { method, path }: Operation, body: unknown) => {
  const wish: Wish = { method, headers: { ...headers, 'idempotency-key': randomUUID() }, body };
  return send(base, path, wish);
};

/** A line for every field too many that is not answered 400. */
export async function assigned(target: Target, operation: Writable): Promise<string[]> {
  const addressed = { ...operation, path: pathFor(operation) };
  const cases = stuffed(operation.body);
  return findings(cases, async ({ name, body }) => {
    const { status } = await ask(target, addressed, body);
    return status === 400 ? undefined : `${operation.key} with ${name}: ${status}`;
  });
}

/** The same body without anything too much is no 400: what was refused was the field. */
export const asItShouldBe = (target: Target, operation: Writable): Promise<{ status: number }> =>
  ask(target, { ...operation, path: pathFor(operation) }, operation.body);

export const targetsOf = async ({ url, services, tokens }: Door) => ({
  gateway: { base: url, headers: bearer(await tokens.admin()) },
  ...Object.fromEntries(
    await Promise.all(
      BEHIND.map(async (name) => {
        const headers = bearer(await tokens.internal('admin', ['customer', 'admin']));
        return [name, { base: services[name], headers }] as const;
      }),
    ),
  ),
});

export const unknownFields: Check = {
  name: 'mass assignment (GK-8)',
  behind: 'shop',
  look: async ({ services, tokens }) => {
    const headers = bearer(await tokens.internal('admin', ['customer', 'admin']));
    const found = await Promise.all(
      writables('catalog').map((operation) => assigned({ base: services.catalog, headers }, operation)),
    );
    return found.flat();
  },
};
