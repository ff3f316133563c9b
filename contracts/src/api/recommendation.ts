import { recommendations, recommendationsQuery } from '../recommendation/http.js';
import { deadLetterOperations } from './dead-letters.js';
import type { ServiceApi } from './operation.js';

export const recommendationApi: ServiceApi = {
  title: 'Recommendation',
  description: 'Suggestions from what others bought and looked at, with their reasons; built from events alone.',
  security: 'internal',
  operations: [
    {
      id: 'listRecommendations',
      method: 'get',
      path: '/recommendations',
      public: '/api/recommendations',
      access: 'anonymous',
      tag: 'Recommendations',
      summary: 'Suggestions for a product, for you, or what is popular',
      query: recommendationsQuery,
      queryHelp: {
        productId: 'what goes with this product',
        customer: '`me`: for whoever is signed in',
        category: 'of this category only',
      },
      answers: { 200: { description: 'Best first', schema: recommendations } },
      problems: ['authentication-required'],
    },
    ...deadLetterOperations,
  ],
};
