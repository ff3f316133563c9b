import { describe, expect, it } from '@jest/globals';
import { documentedRoutes, servedRoutes } from '@souk/testing';
import type { OrderConfig } from '../config.js';
import { OrderModule } from '../order.module.js';

const document = new URL('../../../../contracts/openapi/order.json', import.meta.url);

describe('the API document of order', () => {
  it('names every route of its controllers, and no other', () => {
    const { controllers = [] } = OrderModule.with({} as OrderConfig);
    expect(servedRoutes(controllers)).not.toEqual([]);
    expect(documentedRoutes(document)).toEqual(servedRoutes(controllers));
  });
});
