import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Instance } from '../../../cli/src/instance.ts';
import type { ProcessSpec } from '../../../cli/src/supervisor/process-spec.ts';
import { shopId } from '../target/before.ts';
import { leftBehind, MARK, type State, stateOf } from './left-behind.ts';

const spec = (name: string, env: Record<string, string> = {}) =>
  [name, { name, args: [], env } as unknown as ProcessSpec] as const;
const state = (part: Partial<State> = {}): State => ({
  specs: new Map([spec('order'), spec('kafka')]),
  settings: new Map([['config/gateway.yaml', 'a']]),
  strays: ['old'],
  ...part,
});

describe('what a run leaves behind', () => {
  it('is nothing where everything is as before', () => expect(leftBehind(state(), state())).toEqual([]));

  it.each<[string, Partial<State>]>([
    ['order runs with other settings', { specs: new Map([spec('order', { SOUK_VARIANTS: 'x' }), spec('kafka')]) }],
    ['kafka does not run any more', { specs: new Map([spec('order')]) }],
    ['order-2 did not run before', { specs: new Map([spec('order'), spec('kafka'), spec('order-2')]) }],
    ['config/gateway.yaml is not as before', { settings: new Map([['config/gateway.yaml', 'b']]) }],
    ['config/gateway.yaml is gone', { settings: new Map() }],
    [
      'config/routes.yaml was not there',
      {
        settings: new Map([
          ['config/gateway.yaml', 'a'],
          ['config/routes.yaml', 'a'],
        ]),
      },
    ],
    ['process 7 still runs', { strays: ['old', 'process 7 still runs'] }],
  ])('is seen: %s', (what, after) => expect(leftBehind(state(), state(after))).toEqual([what]));

  it('is found on this machine: processes by their mark, settings by their text', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'souk-left-'));
    mkdirSync(join(dir, 'config'));
    writeFileSync(join(dir, 'config', 'gateway.yaml'), 'a: 1');
    const ports = { management: {} };
    const instance = { name: `left-${process.pid}`, dir, ports } as Instance;
    const before = await stateOf(instance, {});
    const marked = (owner: Instance) => spawn('sleep', ['30'], { env: { ...process.env, [MARK]: shopId(owner) } });
    const child = marked(instance);
    const ofAnotherCheckout = marked({ ...instance, dir: '/elsewhere/instances/left' });
    await Promise.all([once(child, 'spawn'), once(ofAnotherCheckout, 'spawn')]);
    writeFileSync(join(dir, 'config', 'gateway.yaml'), 'a: 2');
    const found = leftBehind(before, await stateOf(instance, {}));
    for (const one of [child, ofAnotherCheckout]) one.kill('SIGKILL');
    await Promise.all([once(child, 'exit'), once(ofAnotherCheckout, 'exit')]);
    expect(found).toEqual(['config/gateway.yaml is not as before', `process ${child.pid} still runs: sleep 30`]);
    expect(leftBehind(before, await stateOf(instance, {}))).toHaveLength(1);
    rmSync(dir, { recursive: true });
  });
});
