import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, reasonOf } from '../errors.ts';
import { soukCommand } from '../souk-command.ts';

const USER = /^[a-z0-9-]{1,40}$/;
const CLIENT = 'souk-cli';
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const ASK_WITHIN_MS = 30_000;
/** A token is renewed while it is still good: what begins with it has to end with it. */
const SPARE_MS = 60_000;

/** Gives a token that the shop's gateway takes for a user; one that was given before while it is good. */
export type Tokens = (user: string) => Promise<string>;

export interface TokenSource {
  /** Where the identity provider is reached from here, also through a forwarded port; a function is called when it is first needed. */
  readonly url: string | (() => Promise<string>);
  /** Only for hints. */
  readonly instance: string;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Told where a person must approve, when the provider does not do so by itself; without it that is an error. */
  readonly askPerson?: (page: string, code: string) => void;
}

interface Given {
  readonly token: string;
  /** Epoch milliseconds. */
  readonly renewAt: number;
  readonly endsAt: number;
}

/** Tokens of the identity provider at a URL, by its device flow, remembered in this process until a minute before they end. */
export function tokensOf(source: TokenSource): Tokens {
  const now = source.now ?? Date.now;
  const given = new Map<string, Given>();
  const asking = new Map<string, Promise<string>>();
  const renew = async (user: string): Promise<string> => {
    const askedAt = now();
    const { token, seconds } = await requestToken(source, user);
    const endsAt = askedAt + seconds * 1_000;
    given.set(user, { token, renewAt: endsAt - Math.min(SPARE_MS, seconds * 500), endsAt });
    return token;
  };
  return async (user) => {
    refuseImpossible(user);
    const known = given.get(user);
    if (known !== undefined && now() < known.renewAt) return known.token;
    const asked = asking.get(user) ?? renew(user).finally(() => asking.delete(user));
    asking.set(user, asked);
    // The provider may be down; what it gave is good until it ends.
    return asked.catch((error: unknown) => {
      if (known !== undefined && now() < known.endsAt) return known.token;
      throw error;
    });
  };
}

function refuseImpossible(user: string): void {
  if (process.env.SOUK_MODE === 'production') {
    const why = 'the identity simulator believes anybody';
    throw new CliError('no token with SOUK_MODE=production', why, 'get a token from your identity provider');
  }
  if (USER.test(user)) return;
  throw new CliError(
    `'${user}' is not a user name`,
    'it stands in tokens and logs',
    'use 1 to 40 of a-z, 0-9 and -, for example: ./souk token alice',
  );
}

interface Endpoints {
  readonly token: string;
  readonly device: string;
}

interface DeviceAnswer {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri_complete?: string;
  readonly verification_uri: string;
  readonly expires_in: number;
  readonly interval?: number;
}

async function requestToken(source: TokenSource, user: string): Promise<{ token: string; seconds: number }> {
  const base = typeof source.url === 'string' ? source.url : await source.url();
  const { instance } = source;
  const endpoints = await discover(base, instance);
  const asked = await post(endpoints.device, { scope: 'openid', login_hint: user }, instance);
  if (asked.status !== 200) throw refused(user, base, asked.body);
  const device = asked.body as unknown as DeviceAnswer;
  const deadline = performance.now() + device.expires_in * 1_000;
  for (let told = false; ;) {
    const { status, body } = await post(
      endpoints.token,
      { grant_type: DEVICE_GRANT, device_code: device.device_code },
      instance,
    );
    if (status === 200) return { token: String(body['access_token']), seconds: Number(body['expires_in']) };
    if (body['error'] !== 'authorization_pending' || performance.now() > deadline) throw refused(user, base, body);
    if (source.askPerson === undefined) throw needsPerson(user, instance);
    if (!told) source.askPerson(device.verification_uri_complete ?? device.verification_uri, device.user_code);
    told = true;
    await sleep((device.interval ?? 5) * 1_000);
  }
}

/** The provider names its endpoints as browsers reach it; here they are reached where it was asked. */
async function discover(base: string, instance: string): Promise<Endpoints> {
  const { status, body } = await ask(
    new URL(`${base.replace(/\/$/, '')}/.well-known/openid-configuration`),
    {},
    instance,
  );
  const here = (name: string): string => {
    const url = new URL(String(body[name]));
    return new URL(`${url.pathname}${url.search}`, base).href;
  };
  if (status === 200 && 'device_authorization_endpoint' in body)
    return { token: here('token_endpoint'), device: here('device_authorization_endpoint') };
  throw new CliError(
    `there is no identity provider at ${base}`,
    status === 200 ? 'it has no device flow' : `it answered ${status} ${String(body['error'] ?? '')}`.trim(),
    soukCommand(instance, 'status'),
  );
}

type Body = Readonly<Record<string, unknown>>;

function post(url: string, fields: Record<string, string>, instance: string): Promise<{ status: number; body: Body }> {
  const init = { method: 'POST', body: new URLSearchParams({ client_id: CLIENT, ...fields }) };
  return ask(new URL(url), init, instance);
}

async function ask(url: URL, init: RequestInit, instance: string): Promise<{ status: number; body: Body }> {
  const headers = { accept: 'application/json' };
  const signal = AbortSignal.timeout(ASK_WITHIN_MS);
  const answer = await fetch(url, { ...init, headers, signal }).catch((cause: unknown) => {
    const why = cause instanceof Error ? reasonOf(rootOf(cause)) : String(cause);
    const fix = `${soukCommand(instance, 'up')}, then ${soukCommand(instance, 'status')}`;
    throw new CliError(`no answer from the identity provider at ${url.origin}`, why, fix, { cause });
  });
  const body: unknown = await answer.json().catch(() => ({}));
  return { status: answer.status, body: typeof body === 'object' && body !== null ? (body as Body) : {} };
}

/** fetch says "fetch failed"; what went wrong with the connection is in its cause. */
function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}

/** The provider's own words tell its refusals apart: its error code is the same for all of them. */
function refused(user: string, base: string, body: Body): CliError {
  const why = String(body['error_description'] ?? body['detail'] ?? body['error'] ?? 'it gave no reason');
  const fixes: readonly (readonly [RegExp, string])[] = [
    [
      /removed/,
      `curl -X PUT ${base}/knobs/users/${user} -H 'content-type: application/json' -d '{"roles":["customer"]}'`,
    ],
    [/another name|not a user name/, 'alice, bob and admin are there from the start'],
  ];
  const fix = fixes.find(([words]) => words.test(why))?.[1] ?? `look at its knobs: curl ${base}/knobs`;
  return new CliError(`the identity provider gave no token for ${user}`, why, fix);
}

function needsPerson(user: string, instance: string): CliError {
  return new CliError(
    `a person must approve the sign-in of ${user}`,
    'autoApprove is off at the identity simulator',
    `${soukCommand(instance, `token ${user}`)} says where; or turn the knob on`,
  );
}
