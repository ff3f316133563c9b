// A rival for bench/recommendation.bench.ts: keeps all baskets in memory and counts them anew for every question. Arguments: port, MongoDB URL.
import { createServer } from 'node:http';
import { MongoClient } from 'mongodb';

const [port, url] = process.argv.slice(2);
if (port === undefined || url === undefined) throw new Error('give a port and a MongoDB URL');

const client = await MongoClient.connect(url);
const [products, baskets] = await Promise.all(
  ['products', 'baskets'].map((name) => client.db().collection(name).find().toArray()),
);
await client.close();

const skuOf = new Map(products?.map(({ _id, sku }) => [String(_id), sku as string]));
const bySku = new Map(products?.map((product) => [product['sku'] as string, product]));
const skus = baskets?.map((basket) => basket['skus'] as string[]) ?? [];

function answer(productId: string): object {
  const asked = skuOf.get(productId) ?? '';
  const together = new Map<string, number>();
  const orders = new Map<string, number>();
  for (const basket of skus) {
    const holds = basket.includes(asked);
    for (const sku of basket) {
      orders.set(sku, (orders.get(sku) ?? 0) + 1);
      if (holds && sku !== asked) together.set(sku, (together.get(sku) ?? 0) + 1);
    }
  }
  const scored = [...together].map(([sku, count]) => {
    const { _id, ...product } = bySku.get(sku) ?? {};
    const score = count / (Math.sqrt((orders.get(asked) ?? 0) * (orders.get(sku) ?? 0)) + 5);
    return {
      productId: _id,
      ...product,
      score,
      reason: { kind: 'bought-together', count, text: `bought together ${count} times` },
    };
  });
  return { items: scored.toSorted((a, b) => b.score - a.score).slice(0, 10), asOf: new Date() };
}

createServer((request, response) => {
  const productId = new URL(request.url ?? '/', 'http://localhost').searchParams.get('productId') ?? '';
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer(productId)));
}).listen(Number(port), '127.0.0.1', () => console.log('up'));
