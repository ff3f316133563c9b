import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { tokensOf, type TokenSource } from './token.ts';

type Answer = [status: number, body: object];
const discovery: Answer = [
  200,
  // As browsers reach the provider: from here it is somewhere else.
  {
    token_endpoint: 'http://issuer.example/token',
    device_authorization_endpoint: 'http://issuer.example/device/auth',
  },
];
const device: Answer = [
  200,
  {
    device_code: 'd',
    user_code: 'ABCD-EFGH',
    verification_uri: 'http://issuer.example/device',
    expires_in: 600,
    interval: 0.01,
  },
];
const pending: Answer = [400, { error: 'authorization_pending' }];

describe('tokens by the device flow', () => {
  const asked: { path: string; form: Record<string, string> }[] = [];
  let answers: Record<string, Answer[]>;
  let provider: Server;
  let source: TokenSource;
  let now: number;
  const tokenAnswers = (...more: Answer[]): void => void (answers = { ...answers, '/token': more });
  const good = (token: string, seconds = 600): Answer => [200, { access_token: token, expires_in: seconds }];
  const asksForTokens = () => asked.filter(({ path }) => path === '/token').length;

  beforeEach(async () => {
    asked.length = 0;
    now = 1_000_000;
    answers = { '/.well-known/openid-configuration': [discovery], '/device/auth': [device], '/token': [] };
    provider = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const path = request.url ?? '';
      asked.push({ path, form: Object.fromEntries(new URLSearchParams(body)) });
      const left = answers[path] ?? [];
      const [status, json] = (left.length > 1 ? left.shift() : left[0]) ?? [404, {}];
      response.writeHead(status, { connection: 'close' }).end(JSON.stringify(json));
    });
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    const { port } = provider.address() as AddressInfo;
    source = { url: `http://127.0.0.1:${port}`, instance: 'blue', now: () => now };
  });
  afterEach(async () => {
    delete process.env.SOUK_MODE;
    provider.closeAllConnections();
    await new Promise((resolve) => provider.close(resolve));
  });

  it('are asked for where the provider is reached from here, in the name of the user', async () => {
    tokenAnswers(good('one'));
    expect(await tokensOf(source)('alice')).toBe('one');
    expect(asked.slice(1)).toEqual([
      { path: '/device/auth', form: { client_id: 'souk-cli', scope: 'openid', login_hint: 'alice' } },
      {
        path: '/token',
        form: { client_id: 'souk-cli', grant_type: expect.stringContaining('device_code'), device_code: 'd' },
      },
    ]);
  });

  it('are asked for once, and again a minute before they end', async () => {
    tokenAnswers(good('one'), good('two'));
    const tokens = tokensOf(source);
    expect(await Promise.all([tokens('alice'), tokens('alice')])).toEqual(['one', 'one']);
    now += 539_999;
    expect(await tokens('alice')).toBe('one');
    now += 1;
    expect(await tokens('alice')).toBe('two');
    expect(asksForTokens()).toBe(2);
  });

  it('are renewed at half of their time where that is short', async () => {
    tokenAnswers(good('one', 10), good('two', 10));
    const tokens = tokensOf(source);
    await tokens('alice');
    now += 4_999;
    expect(await tokens('alice')).toBe('one');
    now += 1;
    expect(await tokens('alice')).toBe('two');
  });

  it('are given as long as they are good when the provider is away', async () => {
    tokenAnswers(good('one'));
    const tokens = tokensOf(source);
    await tokens('alice');
    await new Promise((resolve) => provider.close(resolve));
    now += 599_999;
    expect(await tokens('alice')).toBe('one');
    now += 1;
    await expect(tokens('alice')).rejects.toThrow('no answer from the identity provider at');
  });

  it('are not mixed up between users', async () => {
    tokenAnswers(good('one'), good('two'));
    const tokens = tokensOf(source);
    expect([await tokens('alice'), await tokens('bob'), await tokens('alice')]).toEqual(['one', 'two', 'one']);
  });

  it('wait for a person where the provider wants one, who is told once where to go', async () => {
    tokenAnswers(pending, pending, good('one'));
    const told: string[][] = [];
    const tokens = tokensOf({ ...source, askPerson: (...words) => told.push(words) });
    expect(await tokens('alice')).toBe('one');
    expect(told).toEqual([['http://issuer.example/device', 'ABCD-EFGH']]);
  });

  it('wait for nobody in a script', async () => {
    tokenAnswers(pending);
    await expect(tokensOf(source)('alice')).rejects.toMatchObject({
      message: 'a person must approve the sign-in of alice',
      fix: expect.stringContaining('./souk token alice --instance blue'),
    });
  });

  it('say why there are none, and how to get one', async () => {
    tokenAnswers([400, { error: 'access_denied', error_description: 'this user was removed' }]);
    await expect(tokensOf(source)('alice')).rejects.toMatchObject({
      message: 'the identity provider gave no token for alice',
      why: 'this user was removed',
      fix: expect.stringContaining('/knobs/users/alice'),
    });
    answers['/.well-known/openid-configuration'] = [[200, {}]];
    await expect(tokensOf(source)('alice')).rejects.toMatchObject({
      message: expect.stringContaining('there is no identity provider at http://127.0.0.1'),
      fix: './souk status --instance blue',
    });
  });

  it('are refused for a name that nobody may have, with names that work', async () => {
    const why = 'the shop calls those anonymous who are not signed in; choose another name';
    tokenAnswers([400, { error: 'access_denied', error_description: why }]);
    await expect(tokensOf(source)('anonymous')).rejects.toMatchObject({
      why,
      fix: expect.stringContaining('alice, bob and admin'),
    });
  });

  it('are refused in production mode and for an impossible name', async () => {
    for (const name of ['', 'Alice', 'a b', 'a'.repeat(41), '../x', 'a\r\nb'])
      await expect(tokensOf(source)(name)).rejects.toThrow('is not a user name');
    process.env.SOUK_MODE = 'production';
    await expect(tokensOf(source)('alice')).rejects.toThrow('no token with SOUK_MODE=production');
    expect(asked).toEqual([]);
  });
});
