import { All, Controller, Headers, Inject, Param, UseGuards } from '@nestjs/common';
import { uuid } from '@souk/contracts';
import { CodedError } from '@souk/http';
import { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { onlyReads } from '../routing/only-reads.js';
import { type ProductPage, ProductPages } from './product-page.js';

@Controller('api/pages')
export class ProductPageController {
  constructor(
    @Inject(ProductPages) private readonly pages: ProductPages,
    @Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper,
  ) {}

  @All('product/:id')
  @UseGuards(onlyReads)
  async product(
    @Param('id') id: string,
    @Headers('authorization') authorization: string | undefined,
  ): Promise<ProductPage> {
    const token = await this.gatekeeper.admit(authorization, 'anonymous');
    // An id becomes part of a path at catalog, so nothing but an id may.
    if (!uuid.safeParse(id).success) throw new CodedError('not-found', 'product-not-found', 'No such product.');
    return this.pages.load(id, `Bearer ${token}`);
  }
}
