import { describe, expect, it } from '@jest/globals';
import { documentedRoutes, servedRoutes } from '@souk/testing';
import type { OrderQueryConfig } from './config.js';
import { OrderQueryModule } from './order-query.module.js';

const document = new URL('../../../../contracts/openapi/order-query.json', import.meta.url);

describe('the API document of order-query', () => {
  it('names every route of its controllers, and no other', () => {
    const { controllers = [] } = OrderQueryModule.with({} as OrderQueryConfig);
    expect(servedRoutes(controllers)).not.toEqual([]);
    expect(documentedRoutes(document)).toEqual(servedRoutes(controllers));
  });
});
