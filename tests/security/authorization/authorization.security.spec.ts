import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { placeOrder } from '../edge.ts';
import { findings } from '../support/check.ts';
import { operationsOf, readDocument } from '../support/documents.ts';
import { BEHIND, type Door, openDoor } from '../support/door.ts';
import { inStock } from '../support/goods.ts';
import { type Answer, send } from '../support/send.ts';
import { IS_SHORT } from '../support/shop.ts';
import { AT_GATEWAY, AT_SERVICES, type Expectation } from './expectations.ts';
import {
  ask,
  CALLERS,
  type Cell,
  cellsOf,
  credentialsAtGateway,
  credentialsAtService,
  judge,
  otherMethods,
  type Place,
} from './matrix.ts';

const MS = 400_000;
const people = [`a-${randomUUID().slice(0, 8)}`, `b-${randomUUID().slice(0, 8)}`] as const;
let door: Door;
let ids: Place['ids'];

beforeAll(async () => {
  door = await openDoor('shop');
  const [orderA, orderB] = await Promise.all(people.map((user) => placeOrder(door, user)));
  const { productId: product, sku } = await inStock(door.url);
  if (orderA === undefined || orderB === undefined) throw new Error('nobody has placed an order');
  ids = { 'user A': orderA, 'user B': orderB, product, sku };
}, MS);
afterAll(() => door?.close());

/** Asked once for every operation and caller: what somebody else's is compared with. */
async function lookAt(place: Place, cells: readonly Cell[]): Promise<string[]> {
  const missing = new Map<string, Answer>();
  const ordered = [...cells].sort((one, other) => Number(other.whose === 'missing') - Number(one.whose === 'missing'));
  return findings(ordered, async (cell) => {
    const key = `${cell.operation.key} ${cell.caller}`;
    const answer = await ask(place, cell);
    if (cell.whose === 'missing') missing.set(key, answer);
    return judge(cell, place, answer, missing.get(key));
  });
}

const tableOf = (document: ReturnType<typeof readDocument>, expectations: Readonly<Record<string, Expectation>>) =>
  operationsOf(document).map((operation) => {
    const expectation = expectations[operation.key];
    if (expectation === undefined) throw new Error(`${operation.key} is in no table: say who may use it`);
    return { key: operation.key, operation, cells: cellsOf(operation, expectation) };
  });

describe('the authorization matrix at the gateway', () => {
  const table = tableOf(readDocument(), AT_GATEWAY);
  const place = async (): Promise<Place> => ({
    base: door.url,
    credentials: await credentialsAtGateway(door.tokens, people),
    ids,
    isGateway: true,
  });

  it.each(table)(
    'FED-4 BOLA, BFLA: $key',
    async ({ cells }) => {
      expect(await lookAt(await place(), cells)).toEqual([]);
    },
    MS,
  );

  it(
    'GK-3 BFLA: no path has a method that the document does not have',
    async () => {
      const operations = table.map(({ operation }) => operation);
      const callers = IS_SHORT ? (['anonymous', 'admin'] as const) : CALLERS;
      const cells = [...new Map(table.map(({ operation, cells: [cell] }) => [operation.path, cell])).values()]
        .filter((cell) => cell !== undefined)
        .flatMap((cell) => callers.map((caller) => ({ ...cell, caller, whose: 'missing' as const })))
        .flatMap((cell) => otherMethods(cell.operation.path, operations).map((method) => ({ cell, method })));
      const at = await place();
      const found = await findings(cells, async ({ cell, method }) => {
        const { status } = await ask(at, cell, method);
        const isRefused = status >= 400 && status < 500;
        return isRefused ? undefined : `${method} ${cell.operation.path}, ${cell.caller}: ${status}`;
      });
      expect(found).toEqual([]);
    },
    MS,
  );
});

describe.each(BEHIND)('the authorization matrix at %s, past the gateway', (service) => {
  it.each(tableOf(readDocument(service), AT_SERVICES[service]))(
    'GK-8 BOLA, BFLA: $key',
    async ({ cells }) => {
      const place: Place = {
        base: door.services[service],
        credentials: await credentialsAtService(door.tokens, people),
        ids,
        isGateway: false,
      };
      expect(await lookAt(place, cells)).toEqual([]);
    },
    MS,
  );

  it('GK-8 authentication: nobody is let in without a token', async () => {
    const open = await findings(tableOf(readDocument(service), AT_SERVICES[service]), async ({ operation }) => {
      const path = operation.path.replaceAll(/\{\w+\}/g, randomUUID());
      const { status } = await send(door.services[service], path, { method: operation.method });
      return status === 401 ? undefined : `${operation.key}: ${status}`;
    });
    expect(open).toEqual([]);
  });
});
