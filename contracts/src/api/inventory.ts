import { receiptAccepted, receiveStock, stockLevel } from '../inventory/http.js';
import { deadLetterOperations } from './dead-letters.js';
import type { ServiceApi } from './operation.js';
import { skuParameter } from './parameters.js';

export const inventoryApi: ServiceApi = {
  title: 'Inventory',
  description: 'Stock: what is there, reserved and committed. Orders change it by messages, not by HTTP.',
  security: 'internal',
  operations: [
    {
      id: 'getStock',
      method: 'get',
      path: '/stock/{sku}',
      public: '/api/stock/{sku}',
      access: 'anonymous',
      tag: 'Stock',
      summary: 'Stock of one sku',
      params: { sku: skuParameter },
      answers: { 200: { description: 'Units available, reserved and committed', schema: stockLevel } },
      problems: ['unknown-sku'],
    },
    {
      id: 'receiveStock',
      method: 'post',
      path: '/admin/stock/receipts',
      public: '/api/admin/stock/receipts',
      access: 'admin',
      tag: 'Administration',
      summary: 'Book goods that arrived',
      description: 'The receipt id is the business key: a repeat changes nothing.',
      body: receiveStock,
      answers: {
        200: { description: 'This receipt was booked before', schema: receiptAccepted },
        201: { description: 'Booked', schema: receiptAccepted },
      },
      problems: ['receipt-conflict'],
    },
    ...deadLetterOperations,
  ],
};
