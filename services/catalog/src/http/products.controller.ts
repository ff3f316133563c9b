import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { listProductsQuery } from '@souk/contracts';
import type { Categories, ListProductsQuery, ProductPage, ProductState } from '@souk/contracts';
import { ProductsRepository } from '../persistence/products.repository.js';
import { toProductState } from '../views/product-state.js';

/** Browsing, for everybody the gateway lets in, signed in or not. */
@Controller()
export class ProductsController {
  constructor(@Inject(ProductsRepository) private readonly products: ProductsRepository) {}

  @Get('products')
  async list(@Query({ schema: listProductsQuery }) query: ListProductsQuery): Promise<ProductPage> {
    const { items, total } = await this.products.list(query);
    return { items: items.map(toProductState), page: query.page, pageSize: query.pageSize, total };
  }

  /** Retired products too: carts and orders may still name them. */
  @Get('products/:id')
  async get(@Param('id') productId: string): Promise<ProductState> {
    return toProductState(await this.products.get(productId));
  }

  @Get('categories')
  async categories(): Promise<Categories> {
    return { items: await this.products.categories() };
  }
}
