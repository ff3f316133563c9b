import type { FakeService, Seen } from '../gateway.mother.js';

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

/** What the services of a shop with this one product say to every part of a page, after so many milliseconds. */
export function answerPages(
  { catalog, inventory, recommendation }: Record<'catalog' | 'inventory' | 'recommendation', FakeService>,
  productId: string,
  afterMs = 0,
): void {
  const list = { items: [aProduct(productId)], page: 1, pageSize: 12, total: 1 };
  const answering = (service: FakeService, bodyOf: (request: Seen) => unknown): void => {
    service.handler = (request, response) => {
      const answer = (): void => void response.end(JSON.stringify(bodyOf(request)));
      if (afterMs === 0) answer();
      else setTimeout(answer, afterMs);
    };
  };
  answering(catalog, ({ url }) => {
    if (url.startsWith('/categories')) return { items: [] };
    return url.startsWith('/products?') || url === '/products' ? list : aProduct(productId);
  });
  answering(inventory, ({ url }) => (url.startsWith('/stock?') ? { items: [someStock] } : someStock));
  answering(recommendation, () => suggestions('Shade'));
}
