/** What of a product an answer shows. */
export interface AssortmentProduct {
  readonly productId: string;
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  readonly price: { readonly amount: number; readonly currency: string };
  readonly active: boolean;
}

/**
 * The products by number. A sku gets its number when it is first heard of, in an order as well as in the catalog, because nobody
 * says which comes first. What inventory has never spoken of counts as in stock: hiding it would be the dearer mistake.
 */
export class Assortment {
  readonly #numbers = new Map<string, number>();
  readonly #byId = new Map<string, number>();
  readonly #products: (AssortmentProduct | undefined)[] = [];
  readonly #soldOut = new Set<number>();

  /** One more than the highest number. */
  get size(): number {
    return this.#products.length;
  }

  numberOf(sku: string): number {
    const known = this.#numbers.get(sku);
    if (known !== undefined) return known;
    this.#numbers.set(sku, this.#products.push(undefined) - 1);
    return this.#products.length - 1;
  }

  /** Without giving a number to what is only claimed to be a sku. */
  find(sku: string): number | undefined {
    return this.#numbers.get(sku);
  }

  numberOfProduct(productId: string): number | undefined {
    return this.#byId.get(productId);
  }

  put(product: AssortmentProduct): void {
    const number = this.numberOf(product.sku);
    this.#products[number] = product;
    this.#byId.set(product.productId, number);
  }

  setSoldOut(sku: string, soldOut: boolean): void {
    if (soldOut) this.#soldOut.add(this.numberOf(sku));
    else this.#soldOut.delete(this.numberOf(sku));
  }

  /** What is known of the product, sold out or retired as it may be. */
  product(number: number): AssortmentProduct | undefined {
    return this.#products[number];
  }

  /** The product, if it can be bought. */
  offer(number: number): AssortmentProduct | undefined {
    const product = this.#products[number];
    return product?.active && !this.#soldOut.has(number) ? product : undefined;
  }
}
