import { All, Controller, HttpCode, Inject, Query, Redirect, Req, Res, UseGuards } from '@nestjs/common';
import type { SessionView, SignedOut } from '@souk/contracts';
import { CodedError, isCodedError } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { checkCsrf } from '../gatekeeper/csrf.js';
import { Visit } from '../gatekeeper/visit.js';
import { type Price, priceOf } from '../throttling/plan.js';
import { Throttle } from '../throttling/throttle.js';
import { onlyReads, onlyWrites } from '../routing/only-reads.js';
import { chooserPage, chooserHeaders } from './chooser-page.js';
import { Clients } from './clients.js';
import { Sessions } from './sessions.js';
import { SignIn } from './sign-in.js';

const loginQuery = z.strictObject({
  returnTo: z.string().default('/'),
  issuer: z.string().max(20).optional(),
  email: z.email().max(254).optional(),
  choose: z
    .enum(['true', 'false'])
    .transform((said) => said === 'true')
    .optional(),
});
/** What asks the provider costs as much as a write. */
const ASKS_PROVIDER: Price = { class: 'write' };

interface To<T = string> {
  readonly url: T;
  readonly statusCode: 303;
}

/** Signing in and out, for browsers. Programs send Bearer tokens and need none of this. Who asks is charged by address: nobody knows them yet. */
@Controller('auth')
export class IdentityController {
  constructor(
    @Inject(SignIn) private readonly signIn: SignIn,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(Clients) private readonly clients: Clients,
    @Inject(Throttle) private readonly throttle: Throttle,
  ) {}

  @All('login')
  @UseGuards(onlyReads)
  async login(
    @Query({ schema: loginQuery }) wish: z.infer<typeof loginQuery>,
    @Visit() visit: Visit,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.throttle.charge(visit, undefined, priceOf(visit.request));
    const { url, statusCode } = await sent(visit, () => this.signIn.begin(visit, wish));
    if (typeof url === 'string') return void reply.redirect(url, statusCode);
    await reply.headers(chooserHeaders(url)).type('text/html; charset=utf-8').send(chooserPage(url));
  }

  /** The query is the provider's; openid-client checks it. */
  @All('callback')
  @UseGuards(onlyReads)
  @Redirect()
  async callback(@Req() request: FastifyRequest, @Visit() visit: Visit): Promise<To> {
    this.throttle.charge(visit, undefined, ASKS_PROVIDER);
    const [, query = ''] = (request.raw.url ?? '').split('?', 2);
    return sent(visit, () => this.signIn.complete(visit, query));
  }

  @All('session')
  @UseGuards(onlyReads)
  async session(@Visit() visit: Visit): Promise<SessionView> {
    this.throttle.charge(visit, undefined, priceOf(visit.request));
    const session = await this.sessions.find(visit);
    if (session === undefined) {
      throw new CodedError('unauthenticated', 'authentication-required', 'Sign in first, at /auth/login.');
    }
    const { caller, csrf, endsAt } = session;
    const expiresAt = new Date(endsAt * 1_000).toISOString();
    const email = caller.email === undefined ? {} : { email: caller.email };
    return { user: caller.sub, ...email, roles: [...caller.roles], csrfToken: csrf, expiresAt };
  }

  @All('logout')
  @UseGuards(onlyWrites)
  @HttpCode(200)
  async logout(@Visit() visit: Visit): Promise<SignedOut> {
    this.throttle.charge(visit, undefined, ASKS_PROVIDER);
    const csrf = await this.sessions.csrfOf(visit);
    if (csrf !== undefined) checkCsrf(visit, csrf);
    const issuer = await this.sessions.end(visit);
    // Without the provider the session here has ended all the same.
    const url = await this.endSessionUrl(issuer).catch(() => undefined);
    return { endSessionUrl: url ?? null };
  }

  private async endSessionUrl(issuer: string | undefined): Promise<string | undefined> {
    return this.clients.of(issuer).endSessionUrl();
  }
}

/** A person who follows a link is brought to a page that says what went wrong; a program gets the problem. */
async function sent<T>({ request }: Visit, where: () => Promise<T>): Promise<To<T | string>> {
  try {
    return { url: await where(), statusCode: 303 };
  } catch (error) {
    if (!isCodedError(error) || !String(request.headers.accept).includes('text/html')) throw error;
    // The page has words for these two.
    const why = error.code === 'identity-unavailable' ? error.code : 'sign-in-failed';
    return { url: `/#${why}`, statusCode: 303 };
  }
}
