import { Controller, Get, Inject, Query } from '@nestjs/common';
import { recommendationsQuery } from '@souk/contracts';
import type { Recommendations, RecommendationsQuery } from '@souk/contracts';
import { CurrentPrincipal } from '@souk/http';
import type { Principal } from '@souk/http';
import { Recommend } from '../use-cases/recommend.js';

/** For everybody the gateway lets in; `customer=me` for those who are signed in. */
@Controller('recommendations')
export class RecommendationsController {
  constructor(@Inject(Recommend) private readonly recommend: Recommend) {}

  @Get()
  list(
    @Query({ schema: recommendationsQuery }) query: RecommendationsQuery,
    @CurrentPrincipal() principal: Principal | undefined,
  ): Promise<Recommendations> {
    return this.recommend.handle(query, principal?.sub);
  }
}
