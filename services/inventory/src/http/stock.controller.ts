import { Controller, Get, Inject, Param } from '@nestjs/common';
import { sku, type StockLevel } from '@souk/contracts';
import { GetStock } from '../use-cases/get-stock.js';

@Controller('stock')
export class StockController {
  constructor(@Inject(GetStock) private readonly getStock: GetStock) {}

  @Get(':sku')
  get(@Param('sku', { schema: sku }) wanted: string): Promise<StockLevel> {
    return this.getStock.execute(wanted);
  }
}
