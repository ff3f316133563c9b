import { All, Controller, Header, Inject, Param, UseGuards } from '@nestjs/common';
import { uuid } from '@souk/contracts';
import { CodedError } from '@souk/http';
import { Activity } from '../activity/activity.js';
import { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { subjectOf } from '../gatekeeper/subject.js';
import { Visit } from '../gatekeeper/visit.js';
import { onlyReads } from '../routing/only-reads.js';
import { HomePages } from './home-page.js';
import { AggregationLimits } from './in-flight.js';
import { PageMetrics } from './page-metrics.js';
import { ProductPages } from './product-page.js';

const JSON_TYPE = 'application/json; charset=utf-8';

@Controller('api/pages')
@UseGuards(onlyReads)
export class PagesController {
  constructor(
    @Inject(ProductPages) private readonly products: ProductPages,
    @Inject(HomePages) private readonly home: HomePages,
    @Inject(Gatekeeper) private readonly gatekeeper: Pick<Gatekeeper, 'admit'>,
    @Inject(Activity) private readonly activity: Pick<Activity, 'page'>,
    @Inject(PageMetrics) private readonly metrics: PageMetrics,
    @Inject(AggregationLimits) private readonly limits: AggregationLimits,
  ) {}

  @All('product/:id')
  @Header('content-type', JSON_TYPE)
  async product(@Param('id') productId: string, @Visit() visit: Visit): Promise<string> {
    const token = await this.gatekeeper.admit(visit, 'anonymous');
    // An id becomes part of a path at catalog, so nothing but an id may.
    if (!uuid.safeParse(productId).success) throw new CodedError('not-found', 'product-not-found', 'No such product.');
    const page = await this.limits.pages.within(() => this.products.load(productId, `Bearer ${token}`));
    this.activity.page(visit, token, { type: 'product-viewed', productId });
    return this.#measured('product', page);
  }

  @All('home')
  @Header('content-type', JSON_TYPE)
  async front(@Visit() visit: Visit): Promise<string> {
    const token = await this.gatekeeper.admit(visit, 'anonymous');
    const isSignedIn = subjectOf(token) !== undefined;
    const page = await this.limits.pages.within(() => this.home.load(`Bearer ${token}`, isSignedIn));
    this.activity.page(visit, token);
    return this.#measured('home', page);
  }

  #measured(name: string, page: object): string {
    const text = JSON.stringify(page);
    this.metrics.page(name, Buffer.byteLength(text));
    return text;
  }
}
