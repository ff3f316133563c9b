import { All, Controller, Inject, Param, Req, Res, UseGuards } from '@nestjs/common';
import { CodedError } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { onlyReads } from '../routing/only-reads.js';
import { asyncApi, openApi, page, pageHeaders, parts } from './docs-files.js';
import { StaticContent } from './static-content.js';

/** The API described: for machines at /openapi.json and /asyncapi.json, for people at /docs. */
@Controller()
@UseGuards(onlyReads)
export class DocsController {
  constructor(@Inject(StaticContent) private readonly content: StaticContent) {}

  @All('openapi.json')
  openApi(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.content.answer(request, reply, openApi);
  }

  @All('asyncapi.json')
  asyncApi(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.content.answer(request, reply, asyncApi);
  }

  @All('docs')
  page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.content.answer(request, reply.headers(pageHeaders), page);
  }

  @All('docs/:part')
  part(@Param('part') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const part = parts.get(name);
    if (part === undefined) throw new CodedError('not-found', 'route-not-found', 'There is nothing at this address.');
    return this.content.answer(request, reply, part);
  }
}
