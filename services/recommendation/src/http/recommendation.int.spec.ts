import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problem, recommendations } from '@souk/contracts';
import { waitFor } from '@souk/testing';
import { createTestApp, dropDatabase } from '../test/create-test-app.js';
import { aProduct } from '../test/market.mother.js';
import { cartTold, orderIdOf, orderTold, productTold, stockTold, viewTold } from '../test/messages.mother.js';

const SET_UP_MS = 30_000;
/** What the shop promises about a purchase. */
const VISIBLE_MS = 1_000;

const [TEA, SPADE, POT, HOSE, CUP] = [0, 1, 2, 3, 4];
const of = (number: number): string => `?productId=${aProduct(number).productId}`;

describe('recommendations over HTTP', () => {
  let app: Awaited<ReturnType<typeof createTestApp>>;

  beforeAll(async () => {
    app = await createTestApp();
    await app.loaded();
    await app.broker.tell(...[TEA, SPADE, POT, HOSE, CUP].map((number) => productTold(number)));
  }, SET_UP_MS);
  afterAll(async () => {
    await app.close();
    await dropDatabase(app.mongoUrl);
  });

  const answer = async (query: string, as?: 'ann' | 'bob') => {
    const { status, body } = await app.get(query, as);
    expect({ status, body }).toMatchObject({ status: 200 });
    return recommendations.parse(body);
  };
  const skus = async (query: string, as?: 'ann' | 'bob') => (await answer(query, as)).items.map(({ sku }) => sku);
  const soon = (what: string, condition: () => Promise<boolean>) => waitFor(condition, { timeoutMs: VISIBLE_MS, what });

  it('are none in a shop without orders', async () => expect(await skus('')).toEqual([]));

  it('show a purchase at once, with its reason and the whole product', async () => {
    await app.broker.tell(orderTold(1, [TEA, POT], { userId: 'zoe' }), orderTold(2, [TEA, POT], { userId: 'yan' }));
    await soon('the pair', async () => (await skus(of(TEA))).includes(aProduct(POT).sku));
    const { active: _, ...shown } = aProduct(POT);
    expect((await answer(of(TEA))).items[0]).toEqual({
      ...shown,
      price: { amount: 1_000, currency: 'EUR' },
      score: expect.any(Number),
      reason: { kind: 'bought-together', count: 2, text: 'bought together 2 times' },
    });
  });

  it('MV-11, ES-8: count an order once, whatever comes again or too late', async () => {
    await app.broker.tell(orderTold(3, [SPADE, HOSE], { type: 'placed' }), orderTold(3, [SPADE, HOSE]));
    await app.broker.tell(orderTold(3, [SPADE, HOSE]), orderTold(3, [SPADE, HOSE], { type: 'placed' }));
    await soon('the pair', async () => (await skus(of(SPADE)))[0] === aProduct(HOSE).sku);
    expect((await answer(of(SPADE))).items[0]?.reason.count).toBe(1);
  });

  it('forget an order that was cancelled or refunded, and do not take it back', async () => {
    await app.broker.tell(orderTold(4, [SPADE, CUP]), orderTold(5, [SPADE, CUP]));
    const count = async () => (await answer(of(CUP))).items.find(({ sku }) => sku === aProduct(SPADE).sku)?.reason;
    await soon('both', async () => (await count())?.count === 2);
    await app.broker.tell(orderTold(4, [SPADE, CUP], { type: 'cancelled' }));
    await soon('one less', async () => (await count())?.text === 'bought together once');
    await app.broker.tell(
      orderTold(5, [SPADE, CUP], { type: 'cancelled' }),
      orderTold(5, [SPADE, CUP], { type: 'refunded' }),
    );
    await soon('none left', async () => (await count())?.kind !== 'bought-together');
    await app.broker.tell(orderTold(4, [SPADE, CUP]), orderTold(6, [SPADE, CUP], { type: 'rejected' }));
    expect((await count())?.kind).not.toBe('bought-together');
  });

  it('count a shipped order until it is sent back', async () => {
    await app.broker.tell(orderTold(8, [HOSE, POT]), orderTold(8, [HOSE, POT], { type: 'shipped' }));
    const baskets = app.store.db.collection<{ _id: string; counts: boolean }>('baskets');
    const counts = async () => (await baskets.findOne({ _id: orderIdOf(8) }))?.counts;
    expect(await counts()).toBe(true);
    await app.broker.tell(orderTold(8, [HOSE, POT], { type: 'return-requested' }));
    expect(await counts()).toBe(false);
  });

  it('never count a confirmation that comes after its cancellation', async () => {
    await app.broker.tell(orderTold(7, [HOSE, CUP], { type: 'cancelled' }));
    await app.broker.tell(orderTold(7, [HOSE, CUP]));
    const found = await app.store.db.collection<{ _id: string }>('baskets').findOne({ _id: orderIdOf(7) });
    expect(found).toMatchObject({ counts: false });
  });

  it('leave out what is sold out or retired until it is back', async () => {
    const first = async () => (await skus(of(TEA)))[0];
    await app.broker.tell(stockTold(POT, 0, 5), stockTold(POT, 7, 4));
    await soon('it to be gone', async () => (await first()) !== aProduct(POT).sku);
    await app.broker.tell(stockTold(POT, 3, 6));
    await soon('it to be back', async () => (await first()) === aProduct(POT).sku);
    await app.broker.tell(productTold(POT, { version: 2, status: 'retired' }), productTold(POT, { version: 1 }));
    await soon('it to be gone again', async () => (await first()) !== aProduct(POT).sku);
    await app.broker.tell(productTold(POT, { version: 3 }));
    await soon('it to be back again', async () => (await first()) === aProduct(POT).sku);
  });

  it('tell nothing of a level that turns nothing', async () => {
    const count = async () => (await app.store.db.collection('changes').findOne())?.['count'] as number;
    await app.broker.tell(stockTold(TEA, 100, 0));
    const before = await count();
    await app.broker.tell(...Array.from({ length: 50 }, (_, n) => stockTold(TEA, 100 - n, n + 1)));
    expect(await count()).toBe(before);
  });

  describe('for a customer', () => {
    it('lead from what he bought, and show what he looked at', async () => {
      await app.broker.tell(orderTold(10, [TEA], { userId: 'ann' }));
      await app.broker.tell(
        viewTold(CUP, 'ann', 1),
        viewTold(CUP, 'ann', 2),
        viewTold(CUP, 'ann', 1),
        viewTold(HOSE, 'ann', 3, 'visitor'),
      );
      await soon('his purchase', async () => !(await skus('?customer=me', 'ann')).includes(aProduct(TEA).sku));
      const { items } = await answer('?customer=me', 'ann');
      const reasons = new Map(items.map(({ sku, reason }) => [sku, reason.text]));
      expect(reasons.get(aProduct(CUP).sku)).toBe('you looked at it 2 times');
      expect(reasons.get(aProduct(POT).sku)).toBe('bought together 2 times with Product 0');
      expect(reasons.get(aProduct(HOSE).sku) ?? '').not.toContain('looked');
    });

    it('are nobody else’s, and need somebody', async () => {
      expect((await answer('?customer=me', 'bob')).items.map(({ reason }) => reason.kind)).not.toContain(
        'recently-viewed',
      );
      const { status, type, body } = await app.get('?customer=me');
      expect({ status, body }).toMatchObject({ status: 401, body: { code: 'authentication-required' } });
      expect(type).toContain('application/problem+json');
      problem.parse(body);
    });

    it('keep no name of him', async () => {
      await app.broker.tell(cartTold(TEA, 'ann', 4));
      const all = await Promise.all(
        ['baskets', 'activity'].map((name) => app.store.db.collection(name).find().toArray()),
      );
      expect(all.map(({ length }) => length > 0)).toEqual([true, true]);
      expect(JSON.stringify(all)).not.toMatch(/ann|Utrecht|Market Lane/);
      const guess = Number(createHash('sha256').update('ann').digest().readBigUInt64BE() >> 11n);
      expect(JSON.stringify(all)).not.toContain(String(guess));
    });

    it('remember little of one who clicks without end', async () => {
      const flood = Array.from({ length: 400 }, (_, n) => viewTold(CUP, 'flood', 1_000 + n));
      await app.broker.tell(...flood);
      await app.broker.tell(...flood);
      const sizes = await app.store.db.collection('activity').find().toArray();
      expect(Math.max(...sizes.map((document) => (document['activities'] as unknown[]).length))).toBe(50);
    });
  });

  it('of a product that nobody knows are what is popular', async () => {
    const { items } = await answer('?productId=0195ffff-0000-7000-8000-000000000000&limit=1');
    expect(items.map(({ reason }) => reason.kind)).toEqual(['popular']);
  });

  it('give a message that is no order up at once, and go on', async () => {
    const broken = orderTold(20, [TEA]);
    await app.broker.tell({ ...broken, data: { orderId: 'nonsense' } }, orderTold(21, [HOSE, POT], { userId: 'xi' }));
    expect(app.broker.deadLetters).toEqual([expect.objectContaining({ topic: 'recommendation.dlq.v1' })]);
    await soon('the other', async () => (await skus(of(HOSE))).includes(aProduct(POT).sku));
  });

  describe('refuse with 400', () => {
    it.each([
      ['?productId=tea', 'productId'],
      [`${of(TEA)}&customer=me`, 'customer'],
      ['?customer=ann', 'customer'],
      ['?limit=0', 'limit'],
      ['?limit=51', 'limit'],
      ['?limit=ten', 'limit'],
      ['?category=', 'category'],
      [`?category=${'x'.repeat(61)}`, 'category'],
      ['?productId[$ne]=x', 'productId[$ne]'],
      ['?category=a&category=b', 'category'],
      ['?unknown=1', 'unknown'],
    ])('%s', async (query, path) => {
      const { status, body } = await app.get(query);
      expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'validation-failed' });
      expect(problem.parse(body).errors).toEqual([expect.objectContaining({ path })]);
    });
  });

  it('need an internal token', async () => {
    expect(await app.get('', 'nobody')).toMatchObject({ status: 401, body: { code: 'authentication-required' } });
  });

  it('say what they were made of', () => {
    const text = app.metrics.render();
    expect(text).toMatch(/souk_recommendation_items_total{reason="bought-together"} [1-9]/);
    expect(text).toMatch(/souk_recommendation_baskets [1-9]/);
    expect(text).toMatch(/souk_view_lag_messages{topic="order.events.v1"} 0/);
  });
});

describe('the variant recommendation-popular', () => {
  it('answers without regard to the product', async () => {
    const app = await createTestApp({ variants: ['recommendation-popular'] });
    try {
      await app.loaded();
      await app.broker.tell(productTold(TEA), productTold(POT), orderTold(1, [TEA, POT]));
      const item = async () => recommendations.parse((await app.get(of(TEA))).body).items[0]?.reason.kind;
      expect(await waitFor(item, { timeoutMs: VISIBLE_MS, what: 'an answer' })).toBe('popular');
    } finally {
      await app.close();
      await dropDatabase(app.mongoUrl);
    }
  });
});
