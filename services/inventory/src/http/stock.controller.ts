import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { sku, type StockLevel, type StockLevels, stockQuery, type StockQuery } from '@souk/contracts';
import { unknownSku } from '../domain/inventory.errors.js';
import { GetStock } from '../use-cases/get-stock.js';

@Controller('stock')
export class StockController {
  constructor(@Inject(GetStock) private readonly getStock: GetStock) {}

  @Get()
  list(@Query({ schema: stockQuery }) { skus }: StockQuery): Promise<StockLevels> {
    return this.getStock.list(skus.split(','));
  }

  @Get(':sku')
  async get(@Param('sku') wanted: string): Promise<StockLevel> {
    // What cannot be a sku is as unknown as one that nobody received.
    if (!sku.safeParse(wanted).success) throw unknownSku(wanted);
    return this.getStock.execute(wanted);
  }
}
