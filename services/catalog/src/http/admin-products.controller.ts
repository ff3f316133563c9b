import { Body, Controller, Delete, HttpStatus, Inject, Param, Post, Put, Res } from '@nestjs/common';
import { changePrice, createProduct, updateProduct } from '@souk/contracts';
import type { ProductState } from '@souk/contracts';
import type * as contracts from '@souk/contracts';
import { Roles } from '@souk/http';
import { ChangePrice } from '../use-cases/change-price.js';
import { CreateProduct } from '../use-cases/create-product.js';
import { RetireProduct } from '../use-cases/retire-product.js';
import { UpdateProduct } from '../use-cases/update-product.js';
import { toProductState } from '../views/product-state.js';
import { productId } from './product-id.js';

/** What of the HTTP framework's reply is used here. */
interface Reply {
  status(code: number): unknown;
}

@Controller('admin/products')
@Roles('admin')
export class AdminProductsController {
  constructor(
    @Inject(CreateProduct) private readonly createProduct: CreateProduct,
    @Inject(UpdateProduct) private readonly updateProduct: UpdateProduct,
    @Inject(ChangePrice) private readonly changePrice: ChangePrice,
    @Inject(RetireProduct) private readonly retireProduct: RetireProduct,
  ) {}

  /** 201, or 200 when this product was created by the same request before. */
  @Post()
  async create(
    @Body({ schema: createProduct }) body: contracts.CreateProduct,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<ProductState> {
    const { product, created } = await this.createProduct.handle(body);
    reply.status(created ? HttpStatus.CREATED : HttpStatus.OK);
    return toProductState(product);
  }

  @Put(':id')
  async update(
    @Param('id', { schema: productId }) id: string,
    @Body({ schema: updateProduct }) body: contracts.UpdateProduct,
  ): Promise<ProductState> {
    return toProductState(await this.updateProduct.handle(id, body));
  }

  @Put(':id/price')
  async price(
    @Param('id', { schema: productId }) id: string,
    @Body({ schema: changePrice }) body: contracts.ChangePrice,
  ): Promise<ProductState> {
    return toProductState(await this.changePrice.handle(id, body.price));
  }

  @Delete(':id')
  async retire(@Param('id', { schema: productId }) id: string): Promise<ProductState> {
    return toProductState(await this.retireProduct.handle(id));
  }
}
