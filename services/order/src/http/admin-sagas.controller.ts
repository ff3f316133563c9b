import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import {
  abandonSaga,
  type AbandonSaga,
  listSagasQuery,
  type ListSagasQuery,
  type SagaDetails,
  type SagaIntervention,
  type SagaList,
} from '@souk/contracts';
import { CurrentUser, type Principal, Roles } from '@souk/http';
import { LookAfterSagas } from '../use-cases/look-after-sagas.js';
import { orderId } from './order-id.js';

/** For the shop's people: sagas that cannot go on by themselves. */
@Controller('admin/sagas')
@Roles('admin')
export class AdminSagasController {
  constructor(@Inject(LookAfterSagas) private readonly sagas: LookAfterSagas) {}

  @Get()
  list(@Query({ schema: listSagasQuery }) { state, limit }: ListSagasQuery): Promise<SagaList> {
    return this.sagas.list(state, limit);
  }

  @Get(':orderId')
  show(@Param('orderId', { schema: orderId }) id: string): Promise<SagaDetails> {
    return this.sagas.show(id);
  }

  @Post(':orderId/retry')
  @HttpCode(202)
  retry(
    @CurrentUser() operator: Principal,
    @Param('orderId', { schema: orderId }) id: string,
  ): Promise<SagaIntervention> {
    return this.sagas.retry(id, operator);
  }

  @Post(':orderId/abandon')
  @HttpCode(202)
  abandon(
    @CurrentUser() operator: Principal,
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: abandonSaga }) { reason }: AbandonSaga,
  ): Promise<SagaIntervention> {
    return this.sagas.abandon(id, operator, reason);
  }
}
