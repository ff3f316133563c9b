import { describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { documentedRoutes, servedRoutes } from '@souk/testing';
import type { CatalogConfig } from '../config.js';
import { CatalogModule } from '../catalog.module.js';

const document = new URL('../../../../contracts/openapi/catalog.json', import.meta.url);

describe('the API document of catalog', () => {
  it('names every route of its controllers, and no other', () => {
    const { controllers = [] } = CatalogModule.with({} as CatalogConfig);
    expect(servedRoutes(controllers)).not.toEqual([]);
    expect(documentedRoutes(document)).toEqual(servedRoutes(controllers));
  });

  it('would miss a new one', () => {
    @Controller('products')
    class Planted {
      @Get(':id/reviews')
      reviews(): string[] {
        return [];
      }
    }
    expect(servedRoutes([Planted])).toEqual(['GET /products/{id}/reviews']);
    expect(documentedRoutes(document)).not.toContain('GET /products/{id}/reviews');
  });
});
