import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Put } from '@nestjs/common';
import { addCartItem, type Cart, type cartLine, MAX_LINES, MAX_QUANTITY, putCart } from '@souk/contracts';
import { CurrentUser, type Principal } from '@souk/http';
import type { z } from 'zod';
import { assertVersion, withItem, withLines } from '../domain/cart.js';
import { ChangeCart } from '../use-cases/change-cart.js';
import { GetCart } from '../use-cases/get-cart.js';

const LIMITS = { maxLines: MAX_LINES, maxQuantity: MAX_QUANTITY };

@Controller('cart')
export class CartsController {
  constructor(
    @Inject(GetCart) private readonly getCart: GetCart,
    @Inject(ChangeCart) private readonly changeCart: ChangeCart,
  ) {}

  @Get()
  get(@CurrentUser() user: Principal): Promise<Cart> {
    return this.getCart.execute(user.sub);
  }

  @Put()
  put(
    @CurrentUser() user: Principal,
    @Body({ schema: putCart }) { version, lines }: z.infer<typeof putCart>,
  ): Promise<Cart> {
    return this.changeCart.execute(
      user.sub,
      lines.map(({ sku }) => sku),
      (cart) => {
        assertVersion(cart, version);
        return withLines(cart, lines, LIMITS);
      },
    );
  }

  @Post('items')
  @HttpCode(200)
  add(@CurrentUser() user: Principal, @Body({ schema: addCartItem }) item: z.infer<typeof cartLine>): Promise<Cart> {
    return this.changeCart.execute(user.sub, [item.sku], (cart) => withItem(cart, item, LIMITS));
  }

  @Delete()
  @HttpCode(204)
  async clear(@CurrentUser() user: Principal): Promise<void> {
    await this.changeCart.execute(user.sub, [], (cart) =>
      cart.lines.length === 0 ? cart : withLines(cart, [], LIMITS),
    );
  }
}
