import { Controller, Get, Headers, Inject, Param } from '@nestjs/common';
import { z } from 'zod';
import { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { type ProductPage, ProductPages } from './product-page.js';

@Controller('api/pages')
export class ProductPageController {
  constructor(
    @Inject(ProductPages) private readonly pages: ProductPages,
    @Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper,
  ) {}

  @Get('product/:id')
  async product(
    @Param('id', { schema: z.uuid() }) id: string,
    @Headers('authorization') authorization: string | undefined,
  ): Promise<ProductPage> {
    return this.pages.load(id, `Bearer ${await this.gatekeeper.admit(authorization, 'anonymous')}`);
  }
}
