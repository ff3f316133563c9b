import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { REPO_ROOT } from '../home.ts';
import { portsFor } from '../ports.ts';
import type { Span } from '../trace/span.ts';
import { anOrder, ORDER, TRACE } from '../trace/trace.mother.ts';

const STORE = join(REPO_ROOT, 'tools/trace-store/dist/main.js');
const ANOTHER_ORDER = ORDER.replace(/.$/, 'f');

let home: string;
let offset: number;
let store: ChildProcess;

/** The real command as people run it, on an instance that has a trace store and nothing else. */
function souk(...args: string[]) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(REPO_ROOT, 'tools/cli/src/main.ts'), 'trace', '--instance', 'traced', ...args],
    { encoding: 'utf8', env: { ...process.env, SOUK_HOME: home, NO_COLOR: '1' } },
  );
  return { stdout: stripVTControlCharacters(stdout), stderr, status, last: stdout.trimEnd().split('\n').at(-1) ?? '' };
}

function writeInstance(tracing: 'on' | 'off'): void {
  const dir = join(home, 'instances', 'traced');
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'instance.json'), JSON.stringify({ portBase: offset, tracing }));
  writeFileSync(join(dir, 'env.json'), '{}');
}

/** Low enough that every other port of the table, moved by the same offset, exists. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    if (port < 50_000) return port;
  }
}

async function startStore(): Promise<void> {
  const { of, management } = portsFor(offset);
  store = spawn(process.execPath, [STORE], {
    env: {
      ...process.env,
      HTTP_PORT: String(of['trace-store']),
      MANAGEMENT_PORT: String(management['trace-store']),
      DATA_FILE: join(home, 'spans.sqlite'),
      LOG_LEVEL: 'warn',
    },
    stdio: 'inherit',
  });
  const ready = () =>
    fetch(`http://127.0.0.1:${management['trace-store']}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await ready())) await sleep(50);
}

async function stopStore(): Promise<void> {
  store.kill();
  await once(store, 'exit');
}

async function send(spans: readonly Span[]): Promise<void> {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const kinds = ['', 'internal', 'server', 'client', 'producer', 'consumer'];
  const resourceSpans = spans.map(({ service, kind, startNs, endNs, status, ...span }) => ({
    resource: { attributes: [attribute('service.name', service)] },
    scopeSpans: [
      {
        spans: [
          {
            ...span,
            kind: kinds.indexOf(kind),
            startTimeUnixNano: startNs,
            endTimeUnixNano: endNs,
            status: { ...status, code: status.code === 'error' ? 2 : 0 },
            attributes: [attribute('souk.order.id', ORDER)],
          },
        ],
      },
    ],
  }));
  const response = await fetch(`http://127.0.0.1:${portsFor(offset).of['trace-store']}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans }),
  });
  expect(response.status).toBe(200);
}

beforeAll(async () => {
  expect(existsSync(STORE)).toBe(true); // npm run build
  home = mkdtempSync(join(tmpdir(), 'souk-trace-'));
  offset = (await freePort()) - portsFor(0).of['trace-store'];
  writeInstance('on');
  await startStore();
  await send(anOrder());
});

afterAll(async () => {
  if (store.exitCode === null) await stopStore();
  rmSync(home, { recursive: true });
});

describe('souk trace', () => {
  it('shows the trace of an order', () => {
    const { stdout, status } = souk(ORDER);
    expect(status).toBe(0);
    expect(stdout).toContain(
      `order ${ORDER} · trace ${TRACE}\n  ✔ complete · 6 spans of 3 services · 100.0 ms · 1 error`,
    );
    expect(stdout).toMatch(/inventory +│└process inventory\.commands\.v1 ↔ link +20\.0 +15\.0/);
    expect(souk('--last').stdout).toBe(stdout);
  });

  it('says the same to programs', () => {
    const { last } = souk('--trace', TRACE, '--json');
    expect(JSON.parse(last)).toMatchObject({
      status: 'ok',
      traceId: TRACE,
      complete: true,
      missingParents: [],
      durationMs: 100,
      errors: 1,
      spans: expect.arrayContaining([expect.objectContaining({ name: 'POST /api/orders', service: 'gateway' })]),
    });
  });

  it('refuses an order that nobody traced, with a way on', () => {
    const { last, stderr, status } = souk(ANOTHER_ORDER, '--json');
    expect(status).toBe(1);
    expect(JSON.parse(last)).toMatchObject({
      status: 'failed',
      error: { what: `there is no trace of order ${ANOTHER_ORDER}` },
    });
    expect(stderr).toContain('fix: ./souk trace --last --instance traced');
  });

  it.each([[[]], [['no-uuid']], [[ORDER, '--last']], [['--trace', 'zz']]])('refuses the arguments %j', (args) => {
    expect(souk(...args)).toMatchObject({ status: 2, stdout: '' });
  });

  it('says that tracing is off', () => {
    writeInstance('off');
    expect(souk(ORDER).stderr).toContain('why: the shop runs with --no-tracing\n  fix: ./souk up --instance traced');
    writeInstance('on');
  });

  it('says that the trace store is down', async () => {
    await stopStore();
    const { stderr, status } = souk(ORDER);
    expect([status, stderr]).toEqual([1, expect.stringContaining('✖ the trace store does not answer')]);
    expect(stderr).toContain('fix: ./souk restart trace-store --instance traced');
    await startStore();
    expect(souk(ORDER).status).toBe(0);
  });
});
