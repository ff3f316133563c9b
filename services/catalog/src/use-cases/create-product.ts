import { createHash } from 'node:crypto';
import { CatalogError } from '../domain/catalog.errors.js';
import { create } from '../domain/product.js';
import type { NewProduct, Product } from '../domain/product.js';
import type { ProductsRepository } from '../persistence/products.repository.js';

export type CreateProductCommand = Omit<NewProduct, 'productId'> & { readonly productId?: string | undefined };

/** Creates a product. With a productId it may be repeated: the same body has the same outcome, another body is a conflict. */
export class CreateProduct {
  constructor(
    private readonly products: ProductsRepository,
    private readonly now: () => Date,
    private readonly newId: () => string,
  ) {}

  async handle(command: CreateProductCommand): Promise<{ product: Product; created: boolean }> {
    // A UUID in capitals is the same UUID, and it becomes a key that is compared byte by byte.
    const productId = (command.productId ?? this.newId()).toLowerCase();
    const created = create({ ...command, productId }, this.now());
    const request = fingerprint(command);
    const outcome = await this.products.insert(created, request);
    if (outcome.inserted) return { product: created.product, created: true };
    if (outcome.request !== request) throw new CatalogError('product-conflict');
    return { product: outcome.product, created: false };
  }
}

const fingerprint = ({ sku, name, description, category, price }: CreateProductCommand): string =>
  createHash('sha256')
    .update(JSON.stringify([sku, name, description, category, price.amount, price.currency]))
    .digest('base64url');
