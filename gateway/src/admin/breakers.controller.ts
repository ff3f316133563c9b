import { All, Controller, HttpCode, Inject, Param, UseGuards } from '@nestjs/common';
import type { BreakerList, BreakerView } from '@souk/contracts';
import { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { Visit } from '../gatekeeper/visit.js';
import { onlyReads, onlyWrites } from '../routing/only-reads.js';
import { Breakers } from './breakers.js';

@Controller('api/admin/breakers')
export class BreakersController {
  constructor(
    @Inject(Breakers) private readonly breakers: Breakers,
    @Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper,
  ) {}

  @All()
  @UseGuards(onlyReads)
  async list(@Visit() visit: Visit): Promise<BreakerList> {
    const token = await this.gatekeeper.admit(visit, 'admin');
    return this.breakers.list(`Bearer ${token}`);
  }

  @All(':name/:action')
  @HttpCode(200)
  @UseGuards(onlyWrites)
  async act(@Visit() visit: Visit, @Param('name') name: string, @Param('action') action: string): Promise<BreakerView> {
    const token = await this.gatekeeper.admit(visit, 'admin');
    return this.breakers.act(name, action, `Bearer ${token}`);
  }
}
