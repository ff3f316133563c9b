import { Controller, Get, HttpCode, Inject, Param, Post, type Provider, Query } from '@nestjs/common';
import { CurrentUser, type Principal, Roles } from '@souk/http';
import { ConsumerStrategy, ConsumerWatch, type DeadLetters, type Settlement } from '@souk/messaging';
import { Metrics } from '@souk/observability';
import { z } from 'zod';
import { AppLogger } from './kit.module.js';

const listQuery = z.strictObject({
  topic: z.string().min(1).max(200).optional(),
  key: z.string().min(1).max(200).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
type ListQuery = z.infer<typeof listQuery>;

/** The dead letters of one service, under its name; it writes down who settled what. */
export class DeadLetterDesk {
  readonly letters: DeadLetters;
  readonly service: string;
  readonly #log: Pick<AppLogger, 'info'>;

  constructor(service: string, letters: DeadLetters, log: Pick<AppLogger, 'info'>) {
    this.service = service;
    this.letters = letters;
    this.#log = log;
  }

  /** `outcome` and the rest of a settlement. @throws DeadLetterNotFound, DeadLetterBusy */
  async settle(id: string, action: 'replay' | 'discard', by: string): Promise<Settlement & { readonly id: string }> {
    const settlement = await this.letters[action](id);
    this.#log.info({ deadLetter: id, action, by, ...settlement }, 'a dead letter was settled by hand');
    return { id, ...settlement };
  }
}

/** `/admin/dead-letters` of a service whose module has `consumerProviders`; for the role `admin`. */
@Controller('admin/dead-letters')
@Roles('admin')
export class DeadLettersController {
  constructor(@Inject(DeadLetterDesk) private readonly desk: DeadLetterDesk) {}

  @Get()
  async list(@Query({ schema: listQuery }) query: ListQuery) {
    const { items, total } = await this.desk.letters.list(query);
    return { items: items.map((item) => ({ ...item, service: this.desk.service })), total };
  }

  @Get(':id')
  async show(@Param('id') id: string) {
    return { ...(await this.desk.letters.find(id)), service: this.desk.service };
  }

  @Post(':id/replay')
  @HttpCode(200)
  replay(@Param('id') id: string, @CurrentUser() user: Principal) {
    return this.#settled(id, 'replay', user);
  }

  @Post(':id/discard')
  @HttpCode(200)
  discard(@Param('id') id: string, @CurrentUser() user: Principal) {
    return this.#settled(id, 'discard', user);
  }

  async #settled(id: string, action: 'replay' | 'discard', { sub }: Principal) {
    return { ...(await this.desk.settle(id, action, sub)), action, service: this.desk.service };
  }
}

/** What every service with a consumer has besides it: dead letters to be settled, and metrics. */
export const consumerProviders = (service: string): Provider[] => [
  {
    provide: DeadLetterDesk,
    useFactory: ({ deadLetters }: ConsumerStrategy, logger: AppLogger) =>
      new DeadLetterDesk(service, deadLetters, logger),
    inject: [ConsumerStrategy, AppLogger],
  },
  {
    provide: ConsumerWatch,
    useFactory: (metrics: Metrics, consumer: ConsumerStrategy) => new ConsumerWatch(metrics, consumer),
    inject: [Metrics, ConsumerStrategy],
  },
];
