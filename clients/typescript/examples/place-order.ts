// From browsing to a confirmed order: node clients/typescript/examples/place-order.ts http://localhost:8080 "$(./souk token alice)"
import { randomUUID } from 'node:crypto';
import { createSoukClient, SoukProblem } from '@souk/client';

const [baseUrl = 'http://localhost:8080', token] = process.argv.slice(2);
const souk = createSoukClient({ baseUrl, ...(token !== undefined && { token }) });

try {
  const { data: page } = await souk.listProducts({ query: { q: 'lamp', pageSize: 1 }, throwOnError: true });
  const [product] = page.items;
  if (product === undefined) throw new Error('this shop has no lamps');

  const { data: accepted } = await souk.placeOrder({
    // A new one for every new wish; with the same one a repeat is harmless.
    headers: { 'Idempotency-Key': randomUUID() },
    body: {
      lines: [{ sku: product.sku, quantity: 1 }],
      expectedTotal: product.price,
      address: { name: 'Alice', street: '1 Market Lane', city: 'Berlin', postalCode: '10115', country: 'DE' },
      paymentMethod: { type: 'card', token: 'tok_visa' },
    },
    throwOnError: true,
  });
  const path = { id: accepted.orderId };
  const { data: order } = await souk.getOrder({ path, query: { wait: '15s' }, throwOnError: true });
  console.log(`${product.name}: order ${order.orderId} is ${order.status}`);
} catch (error) {
  console.error(error instanceof SoukProblem ? `refused: ${error.message}` : error);
  process.exitCode = 1;
}
