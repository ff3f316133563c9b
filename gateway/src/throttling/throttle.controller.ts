import { All, Controller, HttpCode, Inject, Param, UseGuards } from '@nestjs/common';
import type { ThrottleView } from '@souk/contracts';
import { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { Visit } from '../gatekeeper/visit.js';
import { onlyDeletes, onlyReads } from '../routing/only-reads.js';
import { ThrottleDesk } from './throttle-desk.js';

/** For those who run the shop: who uses how much, and who is shut out. */
@Controller('api/admin/throttle')
export class ThrottleController {
  constructor(
    @Inject(ThrottleDesk) private readonly desk: ThrottleDesk,
    @Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper,
  ) {}

  @All()
  @UseGuards(onlyReads)
  async show(@Visit() visit: Visit): Promise<ThrottleView> {
    await this.gatekeeper.admit(visit, 'admin');
    return this.desk.show();
  }

  @All('blocks/:caller')
  @HttpCode(204)
  @UseGuards(onlyDeletes)
  async unblock(@Visit() visit: Visit, @Param('caller') caller: string): Promise<void> {
    await this.gatekeeper.admit(visit, 'admin');
    await this.desk.unblock(caller);
  }
}
