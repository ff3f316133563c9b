import { All, Controller, Inject, Query, Req, Res, UseGuards } from '@nestjs/common';
import { type DeadLetterList, deadLetterService, gatherDeadLettersQuery } from '@souk/contracts';
import { CodedError, parseInput } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { Visit } from '../gatekeeper/visit.js';
import { onlyReads, onlyWrites } from '../routing/only-reads.js';
import { Proxy } from '../routing/proxy.js';
import type { Route } from '../routing/routes.js';
import { withTable } from '../routing/table.js';
import { Upstreams } from '../routing/upstreams.js';
import { DeadLetterLists } from './dead-letters.js';

interface Address {
  readonly service: string;
  readonly id: string;
}

/** Each service keeps its own dead letters: the list is gathered here, everything about one goes to its service. */
@Controller('api/admin/dead-letters')
export class DeadLettersController {
  constructor(
    @Inject(DeadLetterLists) private readonly lists: DeadLetterLists,
    @Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper,
    @Inject(Proxy) private readonly proxy: Proxy,
    @Inject(Upstreams) private readonly upstreams: Upstreams,
  ) {}

  @All()
  @UseGuards(onlyReads)
  async list(@Query() query: unknown, @Visit() visit: Visit): Promise<DeadLetterList> {
    // First: who is nobody learns nothing of what a query may say.
    const token = await this.gatekeeper.admit(visit, 'admin');
    return this.lists.gather(parseInput(gatherDeadLettersQuery, query), `Bearer ${token}`);
  }

  @All(':service/:id')
  @UseGuards(onlyReads)
  show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#forward(request, reply, 'GET', '');
  }

  @All(':service/:id/replay')
  @UseGuards(onlyWrites)
  replay(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#forward(request, reply, 'POST', '/replay');
  }

  @All(':service/:id/discard')
  @UseGuards(onlyWrites)
  discard(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#forward(request, reply, 'POST', '/discard');
  }

  async #forward(request: FastifyRequest, reply: FastifyReply, method: 'GET' | 'POST', action: string): Promise<void> {
    const { service, id } = request.params as Address;
    const known = deadLetterService.safeParse(service);
    if (!known.success) {
      await this.gatekeeper.admit({ request, reply }, 'admin');
      const services = deadLetterService.options.join(', ');
      throw new CodedError('not-found', 'dead-letter-not-found', `Dead letters are kept by ${services}.`);
    }
    const target = `/admin/dead-letters/${encodeURIComponent(id)}${action}`;
    const path = `/api/admin/dead-letters/:service/:id${action}`;
    const route: Route = { method, path, to: target, upstream: known.data, access: 'admin' };
    await withTable(this.upstreams.table, (table) =>
      this.proxy.forward(request, reply, { kind: 'found', route, path: target, chosenBy: [], table }, target),
    );
  }
}
