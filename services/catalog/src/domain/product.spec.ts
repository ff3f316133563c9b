import { describe, expect, it } from '@jest/globals';
import { MONDAY, TUESDAY, aNewProduct, aProduct, aRetiredProduct } from '../test/product.mother.js';
import { changePrice, create, retire, update } from './product.js';

const details = {
  name: 'French press, 1 litre',
  description: 'Heat-proof glass in a steel frame.',
  category: 'Kitchen',
};

describe('a new product', () => {
  it('is active, at version 1, and says that it was created', () => {
    const { product, fact } = create(aNewProduct(), MONDAY);
    expect(fact).toBe('created');
    expect(product).toEqual({ ...aNewProduct(), status: 'active', version: 1, createdAt: MONDAY, updatedAt: MONDAY });
  });

  it('takes over nothing that is not part of a product', () => {
    const { product } = create({ ...aNewProduct(), status: 'retired', version: 9, admin: true } as never, MONDAY);
    expect(product).toMatchObject({ status: 'active', version: 1 });
    expect(product).not.toHaveProperty('admin');
  });
});

describe('given an active product', () => {
  it('when its details change, then the version grows and the price and sku stay', () => {
    const { product, fact } = update(aProduct(), { ...details, name: 'French press, steel' }, TUESDAY);
    expect(fact).toBe('updated');
    expect(product).toEqual({ ...aProduct(), name: 'French press, steel', version: 2, updatedAt: TUESDAY });
  });

  it('when the same details come again, then nothing happens', () => {
    expect(update(aProduct(), details, TUESDAY)).toEqual({ product: aProduct() });
  });

  it('when its price changes, then only the price, the version and the time differ', () => {
    const { product, fact } = changePrice(aProduct(), { amount: 2990, currency: 'EUR' }, TUESDAY);
    expect(fact).toBe('price-changed');
    expect(product).toEqual({
      ...aProduct(),
      price: { amount: 2990, currency: 'EUR' },
      version: 2,
      updatedAt: TUESDAY,
    });
  });

  it('when the price is the one it has, then nothing happens', () => {
    expect(changePrice(aProduct(), { amount: 3490, currency: 'EUR' }, TUESDAY)).toEqual({ product: aProduct() });
  });

  it('when the price comes in another currency, then it is refused', () => {
    expect(() => changePrice(aProduct(), { amount: 3490, currency: 'USD' }, TUESDAY)).toThrow(
      expect.objectContaining({ code: 'currency-fixed', kind: 'conflict' }),
    );
  });

  it('when it is retired, then it keeps everything but its status', () => {
    const { product, fact } = retire(aProduct(), TUESDAY);
    expect(fact).toBe('retired');
    expect(product).toEqual({ ...aProduct(), status: 'retired', version: 2, updatedAt: TUESDAY });
  });
});

describe('given a retired product', () => {
  it('when it is retired again, then nothing happens', () => {
    expect(retire(aRetiredProduct(), TUESDAY)).toEqual({ product: aRetiredProduct() });
  });

  it.each([
    ['its details change', () => update(aRetiredProduct(), { ...details, name: 'New' }, TUESDAY)],
    ['the same details come again', () => update(aRetiredProduct(), details, TUESDAY)],
    ['its price changes', () => changePrice(aRetiredProduct(), { amount: 1, currency: 'EUR' }, TUESDAY)],
  ])('when %s, then it is refused', (_case, act) => {
    expect(act).toThrow(expect.objectContaining({ code: 'product-retired', kind: 'conflict' }));
  });
});
