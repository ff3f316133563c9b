import { catalogApi } from './catalog.js';
import { gatewayApi } from './gateway.js';
import { inventoryApi } from './inventory.js';
import type { ServiceApi } from './operation.js';
import { orderQueryApi } from './order-query.js';
import { orderApi } from './order.js';
import { paymentApi } from './payment.js';
import { recommendationApi } from './recommendation.js';

/** Every deployable with HTTP operations, by its name. */
export const apis: Readonly<Record<string, ServiceApi>> = {
  catalog: catalogApi,
  inventory: inventoryApi,
  order: orderApi,
  'order-query': orderQueryApi,
  recommendation: recommendationApi,
  payment: paymentApi,
  gateway: gatewayApi,
};
