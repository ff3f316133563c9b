import { describe, expect, it } from '@jest/globals';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { AdminOrdersController } from './admin-orders.controller.js';
import { AdminSagasController } from './admin-sagas.controller.js';
import { orderId } from './order-id.js';
import { OrdersController } from './orders.controller.js';

type Argument = { readonly data?: unknown; readonly schema?: unknown };

/** What each route does with the id in its path. */
const schemasOf = (controller: { readonly prototype: object }): unknown[] =>
  Object.getOwnPropertyNames(controller.prototype).flatMap((method) => {
    const all: Record<string, Argument> = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) ?? {};
    return Object.values(all).flatMap(({ data, schema }) => (data === 'id' || data === 'orderId' ? [schema] : []));
  });

describe('the order id of a path', () => {
  it('is in lower case behind every route, however it was written', () => {
    expect(orderId.parse('01930000-0000-7000-8000-0000000000AB')).toBe('01930000-0000-7000-8000-0000000000ab');
    const schemas = [OrdersController, AdminOrdersController, AdminSagasController].map(schemasOf);
    expect(schemas.map(({ length }) => length)).toEqual([5, 1, 3]);
    expect(schemas.flat().every((schema) => schema === orderId)).toBe(true);
  });
});
