import { All, Controller, Inject, Req, Res } from '@nestjs/common';
import { CodedError } from '@souk/http';
import { currentSpan } from '@souk/observability';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Proxy } from './proxy.js';
import { matchRoute } from './route-matcher.js';
import { routes } from './routes.js';

@Controller('api')
export class ProxyController {
  constructor(@Inject(Proxy) private readonly proxy: Proxy) {}

  @All('*')
  async forward(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const target = request.raw.url ?? '/';
    const [path = '/'] = target.split(/[?#]/, 1);
    const match = matchRoute(routes, request.method, path);
    if (match.kind === 'unknown')
      throw new CodedError('not-found', 'route-not-found', 'There is nothing at this address.');
    if (match.kind === 'wrong-method') {
      void reply.header('allow', match.allowed.join(', '));
      throw new CodedError(
        'method-not-allowed',
        'method-not-allowed',
        `This address takes ${match.allowed.join(', ')}.`,
      );
    }
    // To the framework every one of these is `/api/*`.
    currentSpan()?.setName(`${request.method} ${match.route.path}`);
    currentSpan()?.setAttribute('http.route', match.route.path);
    await this.proxy.forward(request, reply, match.route, match.path + target.slice(path.length));
  }
}
