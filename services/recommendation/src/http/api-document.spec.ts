import { describe, expect, it } from '@jest/globals';
import { documentedRoutes, servedRoutes } from '@souk/testing';
import type { RecommendationConfig } from '../config.js';
import { RecommendationModule } from '../recommendation.module.js';

const document = new URL('../../../../contracts/openapi/recommendation.json', import.meta.url);

describe('the API document of recommendation', () => {
  it('names every route of its controllers, and no other', () => {
    const { controllers = [] } = RecommendationModule.with({} as RecommendationConfig);
    expect(servedRoutes(controllers)).not.toEqual([]);
    expect(documentedRoutes(document)).toEqual(servedRoutes(controllers));
  });
});
