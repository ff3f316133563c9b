import { All, Controller, Headers, Inject, Param, Req, Res, UseGuards } from '@nestjs/common';
import { CodedError, parseInput } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { StaticContent } from '../docs/static-content.js';
import { alsoVary } from '../offloading/encodings.js';
import { onlyReads } from '../routing/only-reads.js';
import { guide } from './guide.js';
import { GuideAddress } from './guide-address.js';
import { assets, landingPage, pageHeaders } from './landing-page.js';

const nothing = z.strictObject({});

/** What somebody sees who knows the address only: browsers a page, all others the guide. */
@Controller()
@UseGuards(onlyReads)
export class GuideController {
  constructor(
    @Inject(StaticContent) private readonly content: StaticContent,
    @Inject(GuideAddress) private readonly address: GuideAddress,
  ) {}

  @All()
  async front(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    void reply.header('vary', alsoVary(reply.getHeader('vary'), 'accept'));
    if (request.headers.accept?.includes('text/html') === true) {
      return this.content.answer(request, reply.headers(pageHeaders), landingPage);
    }
    parseInput(nothing, { ...(request.query as object) });
    await reply.type('text/plain; charset=utf-8').send(guide(this.address.of(request.headers.host)));
  }

  @All('guide')
  read(@Headers('host') host: string | undefined, @Res({ passthrough: true }) reply: FastifyReply): string {
    void reply.type('text/plain; charset=utf-8');
    return guide(this.address.of(host));
  }

  @All('assets/:name')
  asset(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const found = assets.get(name);
    if (found === undefined) throw new CodedError('not-found', 'route-not-found', 'There is nothing at this address.');
    return this.content.answer(request, reply, found);
  }
}
