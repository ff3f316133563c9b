import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createInstance, openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { chooseInfra } from './choose.ts';
import { composeDown, composeMemory, composeSpec, composeTrouble, memoryByServer, prepareCompose } from './compose.ts';
import { provideAll } from './provider.ts';

/** Answers as docker does, notes each call, and stays in the foreground for a server until it is told to end. */
const FAKE = `
  const { appendFileSync, existsSync, readFileSync } = require('node:fs');
  const dir = process.env.FAKE_DOCKER ?? require('node:path').dirname(process.argv[1]);
  const args = process.argv.slice(2);
  const note = (what) => appendFileSync(dir + '/calls', JSON.stringify(what) + '\\n');
  const { SOUK_PROJECT, SOUK_KAFKA_PORT, SOUK_SECRETS_DIR } = process.env;
  note({ args, env: { SOUK_PROJECT, SOUK_KAFKA_PORT, SOUK_SECRETS_DIR } });
  const said = dir + '/fails';
  if (existsSync(said) && !args.includes('version')) {
    const { when, message } = JSON.parse(readFileSync(said, 'utf8'));
    if (args.join(' ').includes(when)) { console.error(message); process.exit(1); }
  }
  if (args[0] === 'info') console.log('28.5.1');
  else if (args.includes('version')) console.log('2.40.0');
  else if (args.includes('ps')) console.log('aaa\\nbbb');
  else if (args[0] === 'stats') console.log('souk-toy-kafka-1\\t312.4MiB / 640MiB\\nsouk-toy-mongo-1\\t0.1GiB / 640MiB');
  else if (args.includes('--no-log-prefix')) {
    process.on('SIGTERM', () => { note({ stopped: args.at(-1) }); process.exit(0); });
    console.log('log of ' + args.at(-1));
    setInterval(() => {}, 1000);
  }
`;

interface Call {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stopped?: string;
}

describe('servers in containers of Docker Compose, with a docker that only notes what it is asked', () => {
  const { PATH: path, SOUK_HOME: home } = process.env;
  let dir: string;
  /** As `./souk up` finds it before its first start. */
  let fresh: Instance;
  let instance: Instance;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'souk-compose-'));
    writeFileSync(join(dir, 'docker'), `#!${process.execPath}\n${FAKE}`);
    chmodSync(join(dir, 'docker'), 0o755);
    process.env.PATH = `${dir}${delimiter}${path ?? ''}`;
    process.env.SOUK_HOME = dir;
    fresh = openInstance('toy', 6_000);
    createInstance(fresh);
    instance = { ...fresh, infra: 'compose' };
  });
  afterEach(() => {
    process.env.PATH = path;
    if (home === undefined) delete process.env.SOUK_HOME;
    else process.env.SOUK_HOME = home;
    rmSync(dir, { recursive: true, force: true });
  });

  const calls = (): Call[] =>
    existsSync(join(dir, 'calls'))
      ? readFileSync(join(dir, 'calls'), 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Call)
      : [];
  const ready = (of: Instance) => provideAll(of, {}, () => undefined);
  const fails = (when: string, message: string) => writeFileSync(join(dir, 'fails'), JSON.stringify({ when, message }));
  const project = ['compose', '--project-name', 'souk-toy', '--file', expect.stringMatching(/\/compose\.yaml$/)];

  it('are chosen for a new instance where an engine answers, and only there', async () => {
    expect(await composeTrouble()).toBeUndefined();
    expect(await chooseInfra(fresh, undefined)).toBe('compose');
    expect(await chooseInfra(fresh, 'embedded')).toBe('embedded');
    fails('info', 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock');
    expect(await composeTrouble()).toMatch(/no Docker engine answers/);
    expect(await chooseInfra(fresh, undefined)).toBe('embedded');
    await expect(chooseInfra(fresh, 'compose')).rejects.toMatchObject({ message: 'Docker Compose cannot be used' });
  });

  it('stay what an instance began with', async () => {
    await ready(instance);
    const kept = openInstance('toy');
    expect(await chooseInfra(kept, undefined)).toBe('compose');
    await expect(chooseInfra(kept, 'embedded')).rejects.toMatchObject({
      message: "the shop 'toy' cannot change to --infra embedded",
      fix: expect.stringContaining('down --purge'),
    });
  });

  it('are not what an instance began with while no image could be had, so that the hint of the error leads on', async () => {
    fails('--no-start', 'Error response from daemon: manifest unknown');
    await expect(ready(instance)).rejects.toMatchObject({
      message: 'an image could not be fetched',
      fix: expect.stringContaining('./souk up --infra embedded --instance toy needs no images'),
    });
    expect(await chooseInfra(openInstance('toy'), 'embedded')).toBe('embedded');
    mkdirSync(join(fresh.dataDir, 'postgres'));
    expect(await chooseInfra(openInstance('toy'), undefined)).toBe('embedded');
  });

  it('are not left by a hint that would be refused', async () => {
    createInstance(instance);
    fails('--no-start', 'Error response from daemon: manifest unknown');
    const fix = expect.not.stringContaining('--infra embedded');
    await expect(ready(instance)).rejects.toMatchObject({ message: 'an image could not be fetched', fix });
  });

  it('are refused where three URLs leave none to run', async () => {
    const urls = { KAFKA_URL: 'k:9092', PG_URL: 'postgres://db/x', MONGO_URL: 'mongodb://m' };
    const before = { ...process.env };
    Object.assign(process.env, urls);
    try {
      await expect(chooseInfra(fresh, 'compose')).rejects.toMatchObject({
        message: '--infra compose has no server to run',
      });
      expect(await chooseInfra(fresh, undefined)).toBe('embedded');
      expect(calls()).toEqual([]);
    } finally {
      for (const name of Object.keys(urls)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });

  it('are created first, with ports and the place of the secrets in the environment and no password anywhere', async () => {
    await prepareCompose(instance);
    const [call] = calls();
    expect(call?.args).toEqual([...project, 'up', '--no-start', '--pull', 'missing', 'kafka', 'postgres', 'mongo']);
    expect(call?.env).toEqual({
      SOUK_PROJECT: 'souk-toy',
      SOUK_KAFKA_PORT: '25092',
      SOUK_SECRETS_DIR: instance.secretsDir,
    });
    const password = readFileSync(join(instance.secretsDir, 'postgres-superuser'), 'utf8');
    expect(password).toMatch(/^[0-9a-f]{48}$/);
    expect(JSON.stringify([calls(), composeSpec(instance, 'postgres')])).not.toContain(password);
  });

  it.each([
    ['Cannot connect to the Docker daemon', 'the Docker engine cannot be reached', /systemctl start docker/],
    ['Bind for 127.0.0.1:25092 failed: port is already allocated', 'a port of the servers is taken', /--port-base/],
    ['Error response from daemon: manifest unknown', 'an image could not be fetched', /docker pull/],
    ['something else', 'creating the containers with Docker Compose failed', /compose\.log/],
  ])('explain "%s"', async (message, what, fix) => {
    fails('--no-start', message);
    await expect(prepareCompose(instance)).rejects.toMatchObject({
      message: what,
      why: expect.stringContaining(message),
      fix: expect.stringMatching(fix),
    });
  });

  it('run as processes of the supervisor, which has their logs and stops them in order', async () => {
    const supervisor = new Supervisor(dir, () => undefined);
    const spec = composeSpec(instance, 'mongo');
    await supervisor.start([spec]);
    const log = () => readFileSync(spec.logFile, 'utf8');
    for (const end = Date.now() + 10_000; !log().includes('log of mongo') && Date.now() < end;) await sleep(20);
    expect(log()).toContain('log of mongo');
    await supervisor.shutdown();
    expect(calls().map(({ stopped }) => stopped)).toContain('mongo');
    expect(calls()[0]?.args).toEqual([...project, 'up', '--no-deps', '--no-log-prefix', '--no-color', 'mongo']);
  });

  it('are removed by down, their volumes only by --purge', async () => {
    await composeDown(instance, false);
    await composeDown(instance, true);
    const [kept, purged] = calls();
    expect(kept?.args).toEqual([...project, '--profile', '*', 'down', '--remove-orphans']);
    expect(purged?.args).toEqual([...(kept?.args ?? []), '--volumes']);
  });

  it('show the memory of their containers', async () => {
    expect(await composeMemory(instance)).toEqual(
      new Map([
        ['kafka', 312],
        ['mongo', 102],
      ]),
    );
    expect(memoryByServer('souk-toy', 'other-kafka-1\t1GiB / 2GiB\nnonsense')).toEqual(new Map());
    fails('ps', 'Cannot connect');
    expect(await composeMemory(instance)).toEqual(new Map());
  });
});
