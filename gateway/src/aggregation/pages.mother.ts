import type { FakeService } from '../gateway.mother.js';

const euros = (amount: number) => ({ amount, currency: 'EUR' });
export const aProduct = (productId: string) => ({
  productId,
  sku: 'LAMP-1',
  name: 'Lamp',
  description: '',
  category: 'Light',
  price: euros(1_990),
  status: 'active',
  version: 1,
  updatedAt: '2026-01-01T00:00:00Z',
});
export const someStock = { sku: 'LAMP-1', available: 7, reserved: 0, committed: 0 };
export const suggestion = (name: string) => ({
  productId: '0193f5a2-7c41-7d3e-9a10-5b1f0c7de402',
  sku: 'SHADE-1',
  name,
  category: 'Light',
  price: euros(500),
  score: 0.5,
  reason: { kind: 'bought-together', count: 14, text: 'bought together 14 times' },
});
export const suggestions = (...names: string[]) => ({ items: names.map(suggestion), asOf: '2026-01-01T00:00:00Z' });
export const problem = (status: number, code: string) => ({ type: 't', title: 'x', status, code });
export const hangUp = (service: FakeService): void => {
  service.handler = (_request, response) => void response.socket?.destroy();
};
