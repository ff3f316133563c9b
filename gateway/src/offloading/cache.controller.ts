import { Controller, Delete, Inject, Query } from '@nestjs/common';
import { type CachePurge, cachePurgeQuery } from '@souk/contracts';
import { parseInput } from '@souk/http';
import { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { Visit } from '../gatekeeper/visit.js';
import { Offloading } from './offloading.js';

/** For those who changed something behind the gateway's back. Of this process: other replicas forget by themselves, within seconds. */
@Controller('api/admin/cache')
export class CacheController {
  constructor(
    @Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper,
    @Inject(Offloading) private readonly offloading: Offloading,
  ) {}

  @Delete()
  async purge(@Visit() visit: Visit, @Query() query: unknown): Promise<CachePurge> {
    await this.gatekeeper.admit(visit, 'admin');
    const { upstream } = parseInput(cachePurgeQuery, query);
    return { purged: this.offloading.answers.purge(upstream) };
  }
}
