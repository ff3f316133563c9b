import { describe, expect, it } from '@jest/globals';
import { documentedRoutes, servedRoutes } from '@souk/testing';
import type { InventoryConfig } from '../config.js';
import { InventoryModule } from '../inventory.module.js';

const document = new URL('../../../../contracts/openapi/inventory.json', import.meta.url);

describe('the API document of inventory', () => {
  it('names every route of its controllers, and no other', () => {
    const { controllers = [] } = InventoryModule.with({} as InventoryConfig);
    expect(servedRoutes(controllers)).not.toEqual([]);
    expect(documentedRoutes(document)).toEqual(servedRoutes(controllers));
  });
});
