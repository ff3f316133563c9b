import type { Logger } from '@souk/observability';
import { errors, type InteractionResults, type Provider } from 'oidc-provider';
import type { Counts } from '../counts.js';
import type { Directory } from '../oidc/directory.js';
import type { Refusal } from '../domain/users.js';
import { type Exchange, readForm, sendPage } from './exchange.js';
import { messagePage, signInPage, type SignInPlace } from './pages.js';
import { ProblemError } from './problems.js';

export interface InteractionParts {
  readonly provider: () => Provider;
  readonly people: Directory;
  /** Before the paths of this provider; '' at the root. */
  readonly base: string;
  readonly counts: Counts;
  readonly logger: Pick<Logger, 'info'>;
}

const COMPLAINTS: Readonly<Record<Refusal, readonly [status: number, text: string]>> = {
  'not-a-name': [400, 'A name has 1 to 40 characters of a-z, 0-9 and -.'],
  reserved: [400, 'The shop calls those anonymous who are not signed in. Choose another name.'],
  removed: [403, 'This user was removed.'],
  'too-many-users': [503, 'The simulator knows too many users; restart it.'],
};

/** GET /interaction/:uid asks a person who they are; POST …/login and …/abort are the answers. */
export async function interact(parts: InteractionParts, exchange: Exchange): Promise<void> {
  const { response } = exchange;
  try {
    await route(parts, exchange);
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) throw error;
    const text = 'This sign-in has ended or was begun in another browser. Go back to the shop and sign in again.';
    sendPage(response, 400, messagePage('Sign in again', text));
  }
}

async function route(parts: InteractionParts, exchange: Exchange): Promise<void> {
  const [, uid = '', action, ...more] = exchange.path;
  const wanted = `${exchange.method} ${action ?? ''}`;
  if (more.length > 0 || !['', 'login', 'abort'].includes(action ?? '')) throw new ProblemError('route-not-found');
  if (!['GET ', 'POST login', 'POST abort'].includes(wanted)) throw new ProblemError('method-not-allowed');
  if (wanted === 'POST login') await signIn(parts, exchange, uid);
  else if (wanted === 'POST abort') await finish(parts, exchange, uid, CANCELLED);
  else await ask(parts, exchange, uid);
}

const CANCELLED = { error: 'access_denied', error_description: 'the person cancelled the sign-in' };

async function ask(parts: InteractionParts, exchange: Exchange, uid: string): Promise<void> {
  const { prompt, params } = await detailsOf(parts, exchange, uid);
  // The clients are the shop's own: consent is given.
  if (prompt.name === 'consent') return finish(parts, exchange, uid, { consent: {} });
  const hint = params['login_hint'];
  const typed = typeof hint === 'string' ? { typed: hint } : {};
  sendPage(exchange.response, 200, signInPage({ uid, ...typed }, pageOf(parts)));
}

async function signIn(parts: InteractionParts, exchange: Exchange, uid: string): Promise<void> {
  const form = await readForm(exchange.request);
  await detailsOf(parts, exchange, uid);
  const typed = form.get('user') ?? '';
  const answer = parts.people.signIn(typed);
  if ('refused' in answer) {
    const [status, text] = COMPLAINTS[answer.refused];
    const page = { uid, typed: typed.slice(0, 100), problem: text };
    return sendPage(exchange.response, status, signInPage(page, pageOf(parts)));
  }
  const { name } = answer.user;
  const accountId = parts.people.subjectOf(answer.user);
  await finish(parts, exchange, uid, { login: { accountId, remember: true } });
  parts.counts.signIns += 1;
  parts.logger.info({ user: name }, 'signed in');
}

const pageOf = ({ people, base }: InteractionParts): SignInPlace => ({ base, kind: people.kind });

async function finish(
  parts: InteractionParts,
  exchange: Exchange,
  uid: string,
  result: InteractionResults,
): Promise<void> {
  const { request, response } = exchange;
  await detailsOf(parts, exchange, uid);
  await parts.provider().interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

/** The cookie says whose interaction it is; the address must be the same one. */
async function detailsOf({ provider }: InteractionParts, { request, response }: Exchange, uid: string) {
  const details = await provider().interactionDetails(request, response);
  if (details.uid !== uid) throw new errors.SessionNotFound('another interaction');
  return details;
}
