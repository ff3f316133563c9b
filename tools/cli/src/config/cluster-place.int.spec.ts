import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { REPO_ROOT } from '../home.ts';
import { settingsHash } from './settings.ts';

const run = promisify(execFile);
const PODS = ['order-7d9f-a', 'order-7d9f-b'];
const MAIN = join(REPO_ROOT, 'tools/cli/src/main.ts');

/** A cluster of ConfigMaps in a file. An apply replaces what its manager had given: it takes away what it leaves out. */
const KUBECTL = `
const { readFileSync, writeFileSync, appendFileSync } = require('node:fs');
const args = process.argv.slice(2);
const of = (flag) => args[args.indexOf(flag) + 1];
const read = (file) => JSON.parse(readFileSync(DIR + file, 'utf8'));
const key = (name) => [of('--context'), of('--namespace'), name].join('/');
appendFileSync(DIR + '/calls.jsonl', JSON.stringify(args) + '\\n');
const maps = read('/maps.json');
if (args.includes('port-forward')) {
  console.log('Forwarding from 127.0.0.1:' + read('/ports.json')[of('127.0.0.1')] + ' -> 9090');
  setInterval(() => undefined, 1000);
} else if (args.includes('pods') && args.includes('get')) {
  const items = of('--selector').endsWith('name=order') ? Object.keys(read('/ports.json')) : [];
  const pod = (name) => ({ metadata: { name: name.slice(4) }, status: { phase: 'Running' } });
  console.log(JSON.stringify({ items: items.map(pod) }));
} else if (args.includes('configmap')) {
  const map = maps[key(of('configmap'))];
  if (map === undefined) { console.error('Error from server (NotFound): no such map'); process.exit(1); }
  console.log(JSON.stringify(map));
} else if (args.includes('apply')) {
  const { metadata, data } = JSON.parse(readFileSync(0, 'utf8'));
  const isHistory = (part) => part.endsWith('.history.jsonl');
  const map = maps[key(metadata.name)];
  const others = Object.entries(map.data).filter(([part]) => isHistory(part) !== (of('--field-manager') === 'souk'));
  map.data = { ...Object.fromEntries(others), ...data };
  writeFileSync(DIR + '/maps.json', JSON.stringify(maps));
} else console.log('{}');
`;

type Maps = Record<string, { data: Record<string, string> }>;

describe('settings of order in a cluster', () => {
  let dir: string;
  let pods: Server[];
  const aMap = () => ({
    metadata: { name: 'order-live', resourceVersion: '1', labels: { a: 'b' }, annotations: { hash: 'x' } },
    data: { 'settings.yaml': 'returnDays: 14\n' },
  });
  const maps = (): Maps => JSON.parse(readFileSync(join(dir, 'maps.json'), 'utf8'));
  const mine = () => maps()['lab/blue/order-live']?.data ?? {};
  /** What was in force on the pods, by each look at one. */
  let seen: Set<string>;

  /** A pod that has what is written in force at once. */
  const aPod = (name: string): Server =>
    createServer((request, response) => {
      const own = mine()[`settings.${name}.yaml`];
      const hash = settingsHash(mine()['settings.yaml'] ?? '');
      const beside = own === undefined ? {} : { instance: settingsHash(own) };
      seen.add(`${name}: ${own === undefined ? mine()['settings.yaml'] : own.split('\n')[1]}`.trim());
      const settings = { hash, beside, about: { from: {}, locked: {}, instance: name } };
      const isMetrics = request.url === '/metrics';
      response.setHeader('content-type', isMetrics ? 'text/plain' : 'application/json');
      response.end(isMetrics ? 'process_start_time_seconds 1\n' : JSON.stringify({ settings }));
    });

  const souk = async (...args: string[]) => {
    const where = ['--on', 'current', '--context', 'lab', '--namespace', 'blue', '--json'];
    const env = { ...process.env, PATH: `${dir}${delimiter}${process.env.PATH}` };
    const { stdout } = await run(process.execPath, [MAIN, 'config', ...args, ...where], { env });
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
  };

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'souk-kubectl-'));
    seen = new Set();
    writeFileSync(join(dir, 'kubectl'), `#!${process.execPath}\nconst DIR = ${JSON.stringify(dir)};${KUBECTL}`);
    chmodSync(join(dir, 'kubectl'), 0o755);
    const others = { 'lab/green/order-live': aMap(), 'other/blue/order-live': aMap() };
    const shared = { 'lab/blue/gateway-live': { ...aMap(), data: {} } };
    writeFileSync(join(dir, 'maps.json'), JSON.stringify({ 'lab/blue/order-live': aMap(), ...shared, ...others }));
    pods = PODS.map((name) => aPod(name).listen(0, '127.0.0.1'));
    await Promise.all(pods.map((pod) => new Promise((resolve) => pod.once('listening', resolve))));
    const ports = pods.map((pod, index) => [`pod/${PODS[index]}`, (pod.address() as AddressInfo).port]);
    writeFileSync(join(dir, 'ports.json'), JSON.stringify(Object.fromEntries(ports)));
  });
  afterEach(async () => {
    for (const pod of pods) pod.closeAllConnections();
    await Promise.all(pods.map((pod) => new Promise((resolve) => pod.close(resolve))));
    rmSync(dir, { recursive: true });
  });

  it('CFG-13: a staged change is a text of one pod beside that of all, which goes without a trace', async () => {
    const { changed } = (await souk('set', 'order.returnDays=20', '--stage', '--soak', '1')) as { changed: object[] };
    expect(changed).toMatchObject([{ replicas: PODS, staged: { on: PODS[0], seconds: 1 } }]);
    expect([...seen].sort()).toEqual(
      ['a: returnDays: 14', 'a: returnDays: 20', 'b: returnDays: 14', 'b: returnDays: 20'].map(
        (one) => `order-7d9f-${one}`,
      ),
    );
    expect(Object.keys(mine()).sort()).toEqual(['settings.history.jsonl', 'settings.yaml']);
    expect(mine()['settings.yaml']).toBe('returnDays: 20\n');
    const texts = readFileSync(join(dir, 'calls.jsonl'), 'utf8');
    expect(texts.match(/"annotate"/g)).toHaveLength(3);
  });

  it('CFG-7: are those of one namespace of one cluster, which every call names', async () => {
    const before = maps();
    await souk('set', 'order.returnDays=20');
    await souk('rollback', 'order');
    const { 'lab/blue/order-live': changed, ...others } = maps();
    expect(changed?.data['settings.yaml']).toBe('returnDays: 14\n');
    expect(changed?.data['settings.history.jsonl']?.trim().split('\n')).toHaveLength(3);
    const { 'lab/blue/order-live': _, ...untouched } = before;
    expect(others).toEqual(untouched);
    const calls = readFileSync(join(dir, 'calls.jsonl'), 'utf8').trim().split('\n');
    const elsewhere = calls.filter((call) => !call.startsWith('["--context","lab","--namespace","blue",'));
    // Of the cluster itself, whether it is there.
    expect(new Set(elsewhere)).toEqual(new Set(['["--context","lab","get","--raw","/version"]']));
    expect(calls.length).toBeGreaterThan(12);
  });
});
