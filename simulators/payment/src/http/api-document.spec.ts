import { describe, expect, it } from '@jest/globals';
import { documentedRoutes, servedRoutes } from '@souk/testing';
import type { PaymentConfig } from '../config.js';
import { paymentModule } from '../payment.module.js';

const document = new URL('../../../../contracts/openapi/payment.json', import.meta.url);

describe('the API document of payment', () => {
  it('names every route of its controllers, and no other', () => {
    const { controllers = [] } = paymentModule({} as PaymentConfig);
    expect(servedRoutes(controllers)).not.toEqual([]);
    expect(documentedRoutes(document)).toEqual(servedRoutes(controllers));
  });
});
