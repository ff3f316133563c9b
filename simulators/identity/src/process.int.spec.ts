import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CONFIG_EXIT_CODE } from '@souk/config';
import { freePort, waitFor } from '@souk/testing';
import { TestIdentity } from './test/identity.mother.js';

const MAIN = join(import.meta.dirname, '../dist/main.js');

describe('the process', () => {
  let files: TestIdentity;
  let child: ChildProcess | undefined;
  let output = '';
  let management = 0;

  // Files and a free port; the provider in this process makes room for the real one.
  beforeEach(async () => {
    files = await TestIdentity.start();
    await files.end();
    management = await freePort();
    output = '';
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await files.tidyUp();
  });

  const start = (env: Record<string, string> = {}): Promise<unknown[]> => {
    child = spawn(process.execPath, [MAIN], { env: { ...files.env(), MANAGEMENT_PORT: String(management), ...env } });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
    return once(child, 'exit');
  };
  const ask = (path: string) => fetch(`http://127.0.0.1:${management}${path}`, { headers: { connection: 'close' } });
  const untilReady = () =>
    waitFor(async () => (await ask('/readyz')).ok, { timeoutMs: 15_000, what: `identity to be ready; ${output}` });

  it('tells its health, figures and what it follows on a port of its own', async () => {
    void start();
    await untilReady();
    expect((await ask('/livez')).status).toBe(200);
    expect((await ask('/startupz')).status).toBe(200);
    expect((await ask('/knobs')).status).toBe(404);
    await fetch(`${files.url}/token`, { method: 'POST', headers: { connection: 'close' } });
    const metrics = await (await ask('/metrics')).text();
    expect(metrics).toContain('souk_identity_refusals_total{error="invalid_request"} 1');
    expect(metrics).toContain('process_resident_memory_bytes');
    expect(await (await ask('/configz')).json()).toMatchObject({
      settings: { values: { tokenSeconds: 600 } },
      'signing-keys': { values: { signing: expect.any(String), published: [expect.any(String)], tokenSeconds: 600 } },
    });
    expect(output).toContain('"msg":"identity is running"');
    expect(output).not.toMatch(/oidc-provider (NOTICE|WARNING)/);
  });

  it('refuses to start in production mode, and says so', async () => {
    const [code] = await start({ SOUK_MODE: 'production' });
    expect([code, output]).toEqual([CONFIG_EXIT_CODE, expect.stringContaining('never runs in production mode')]);
  });

  it.each(['IDENTITY_ISSUER', 'IDENTITY_KEYS_FILE', 'IDENTITY_CLIENT_SECRET_FILE', 'IDENTITY_REDIRECT_URIS'])(
    'names %s when it is missing',
    async (name) => {
      const [code] = await start({ [name]: '' });
      expect([code, output]).toEqual([CONFIG_EXIT_CODE, expect.stringContaining(`${name}: is missing`)]);
    },
  );

  it('answers what is under way when it is told to stop, and then ends well', async () => {
    const ended = start();
    await untilReady();
    await fetch(`${files.url}/knobs`, {
      method: 'PUT',
      body: '{"latencyMs":3000}',
      headers: { 'content-type': 'application/json', connection: 'close' },
    });
    const underWay = fetch(`${files.url}/jwks`, { headers: { connection: 'close' } });
    // The request has to be there before the signal; the connection is, once the server has it.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    child?.kill('SIGTERM');
    await waitFor(async () => (await ask('/readyz')).status === 503, {
      what: 'readiness to turn off',
    });
    expect((await underWay).status).toBe(200);
    expect((await ended)[0]).toBe(0);
  });

  it('shows nothing secret in its log', async () => {
    void start({ LOG_LEVEL: 'trace' });
    await untilReady();
    const body = new URLSearchParams({ client_id: 'souk-cli', scope: 'openid', login_hint: 'alice' });
    const asked = await fetch(`${files.url}/device/auth`, { method: 'POST', body, headers: { connection: 'close' } });
    const { device_code: code } = (await asked.json()) as { device_code: string };
    const grant = {
      client_id: 'souk-cli',
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: code,
    };
    const headers = { connection: 'close' };
    const answer = await fetch(`${files.url}/token`, { method: 'POST', body: new URLSearchParams(grant), headers });
    const { access_token: token = '' } = (await answer.json()) as { access_token?: string };
    await waitFor(() => output.includes('tokens issued'), { what: 'the line about the tokens' });
    for (const secret of [code, token, 'the-secret-of-the-gateway']) expect(output).not.toContain(secret);
  });
});
