import { receiptAccepted, receiveStock, stockLevel, stockLevels, stockQuery } from '../inventory/http.js';
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
      id: 'listStock',
      method: 'get',
      path: '/stock',
      public: '/api/stock',
      access: 'anonymous',
      tag: 'Stock',
      summary: 'Stock of several skus in one answer',
      description: 'A sku that nobody received is not in the answer.',
      query: stockQuery,
      queryHelp: { skus: 'up to 50 skus with commas between them' },
      answers: { 200: { description: 'Levels of those that are known, by sku', schema: stockLevels } },
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
