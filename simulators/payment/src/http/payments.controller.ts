import { Body, Controller, Get, Headers, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { type AuthorisePayment as AuthoriseBody, authorisePayment, ORDER_ID_ATTRIBUTE, payment } from '@souk/contracts';
import { parseIdempotencyKey } from '@souk/http';
import { currentSpan } from '@souk/observability';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { MoveKind } from '../domain/payment.js';
import type { Answer } from '../persistence/payment-ledger.js';
import { AuthorisePayment } from '../use-cases/authorise-payment.js';
import { FindPayments } from '../use-cases/find-payments.js';
import { MovePayment } from '../use-cases/move-payment.js';

const nothing = z.strictObject({}).nullish();
const ofOrder = z.strictObject({ orderId: z.uuid() });
const kind = z.enum(['capture', 'void', 'refund']);
type Header = string | string[] | undefined;

@Controller('payments')
export class PaymentsController {
  constructor(
    @Inject(AuthorisePayment) private readonly authorise: AuthorisePayment,
    @Inject(MovePayment) private readonly move: MovePayment,
    @Inject(FindPayments) private readonly find: FindPayments,
  ) {}

  @Post('authorise')
  async authorisePayment(
    @Headers('idempotency-key') key: Header,
    @Body({ schema: authorisePayment }) body: AuthoriseBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return answerWith(reply, await this.authorise.handle(parseIdempotencyKey(key), body));
  }

  @Post(':paymentId/:kind')
  async movePayment(
    @Headers('idempotency-key') key: Header,
    @Param('paymentId') paymentId: string,
    @Param('kind', { schema: kind }) move: MoveKind,
    @Body({ schema: nothing }) _body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return answerWith(reply, await this.move.handle(parseIdempotencyKey(key), paymentId, move));
  }

  @Get()
  async ofOrder(@Query({ schema: ofOrder }) { orderId }: z.infer<typeof ofOrder>): Promise<object> {
    return { items: await this.find.ofOrder(orderId) };
  }
}

function answerWith(reply: FastifyReply, { status, body }: Answer): unknown {
  void reply.code(status);
  const span = currentSpan();
  if (span?.isRecording) span.setAttribute(ORDER_ID_ATTRIBUTE, payment.safeParse(body).data?.orderId);
  return body;
}
