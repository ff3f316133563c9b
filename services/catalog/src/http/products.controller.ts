import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import type { Json } from '@souk/cache';
import { listProductsQuery } from '@souk/contracts';
import type { Categories, ListProductsQuery, ProductPage, ProductState } from '@souk/contracts';
import { CatalogReads } from '../reads/catalog-reads.js';
import { productId } from './product-id.js';

/** Answers leave as the text that they are. */
const JSON_TEXT = ['content-type', 'application/json; charset=utf-8'] as const;

/** Browsing, for everybody the gateway lets in, signed in or not. */
@Controller()
export class ProductsController {
  constructor(@Inject(CatalogReads) private readonly reads: CatalogReads) {}

  @Get('products')
  @Header(...JSON_TEXT)
  list(@Query({ schema: listProductsQuery }) query: ListProductsQuery): Promise<Json<ProductPage>> {
    return this.reads.list(query);
  }

  /** Retired products too: carts and orders may still name them. */
  @Get('products/:id')
  @Header(...JSON_TEXT)
  get(@Param('id', { schema: productId }) id: string): Promise<Json<ProductState>> {
    return this.reads.product(id);
  }

  @Get('categories')
  @Header(...JSON_TEXT)
  categories(): Promise<Json<Categories>> {
    return this.reads.categories();
  }
}
