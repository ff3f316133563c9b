import { Controller, Get, Inject, Query } from '@nestjs/common';
import { z } from 'zod';
import { type LedgerSummary, SummariseLedger } from '../use-cases/summarise-ledger.js';

const page = z.strictObject({
  after: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(5_000).default(1_000),
});

@Controller('ledger')
export class LedgerController {
  constructor(@Inject(SummariseLedger) private readonly summarise: SummariseLedger) {}

  @Get('summary')
  summary(@Query({ schema: page }) { after, limit }: z.infer<typeof page>): Promise<LedgerSummary> {
    return this.summarise.page(after, limit);
  }
}
