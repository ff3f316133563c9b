import { Body, Controller, HttpStatus, Inject, Post, Res } from '@nestjs/common';
import { receiveStock, type ReceiveStock as Receipt } from '@souk/contracts';
import { Roles } from '@souk/http';
import { ReceiveStock, type ReceiptAccepted } from '../use-cases/receive-stock.js';

/** The part of the reply that is set here; the body goes back through Nest. */
interface Reply {
  status(code: number): unknown;
}

@Controller('admin/stock/receipts')
export class ReceiptsController {
  constructor(@Inject(ReceiveStock) private readonly receiveStock: ReceiveStock) {}

  /** 201 when booked now, 200 for a repeat. */
  @Post()
  @Roles('admin')
  async receive(
    @Body({ schema: receiveStock }) receipt: Receipt,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<ReceiptAccepted> {
    const accepted = await this.receiveStock.execute(receipt);
    reply.status(accepted.alreadyReceived ? HttpStatus.OK : HttpStatus.CREATED);
    return accepted;
  }
}
