import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { BreakerPage, BreakerView } from '@souk/contracts';
import { Roles } from '@souk/http';
import { AmbassadorBreakers } from '../saga/ambassador-breakers.js';

/** For the shop's people: the circuits of the calls that leave it. */
@Controller('admin/breakers')
@Roles('admin')
export class AdminBreakersController {
  constructor(@Inject(AmbassadorBreakers) private readonly breakers: AmbassadorBreakers) {}

  @Get()
  list(): Promise<BreakerPage> {
    return this.breakers.list();
  }

  @Post(':name/:action')
  @HttpCode(200)
  act(@Param('name') name: string, @Param('action') action: string): Promise<BreakerView> {
    return this.breakers.act(name, action);
  }
}
