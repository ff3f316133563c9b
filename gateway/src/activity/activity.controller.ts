import { All, Controller, HttpCode, Inject, Req, Res, UseGuards } from '@nestjs/common';
import { reportActivity } from '@souk/contracts';
import { parseInput } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { jsonBody } from '../gatekeeper/json-body.js';
import { onlyWrites } from '../routing/only-reads.js';
import { Activity } from './activity.js';

/** For clients that show a product without asking the gateway for it. */
@Controller('api/activity')
export class ActivityController {
  constructor(
    @Inject(Activity) private readonly activity: Pick<Activity, 'note'>,
    @Inject(Gatekeeper) private readonly gatekeeper: Pick<Gatekeeper, 'admit'>,
  ) {}

  /** 202 whether or not it is recorded: the caller can do nothing about it. */
  @All()
  @UseGuards(onlyWrites)
  @HttpCode(202)
  async report(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Record<string, never>> {
    const token = await this.gatekeeper.admit({ request, reply }, 'anonymous');
    const { productId } = parseInput(reportActivity, jsonBody(request));
    this.activity.note({ request, reply }, token, { type: 'product-viewed', productId });
    return {};
  }
}
