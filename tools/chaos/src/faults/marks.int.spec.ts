import { once } from 'node:events';
import { afterEach, expect, it } from '@jest/globals';
import { addProcess, environmentOfMarked, MARK_UNDOS, marked, markOf } from './marks.ts';
import type { Target } from '../target/target.ts';

const mark = markOf(`spec-${process.pid}`, 'idle-2');
const idle = { command: process.execPath, args: ['-e', 'setInterval(() => undefined, 1_000)'] };

afterEach(async () => MARK_UNDOS['end-marked']?.run({} as Target, { mark }));

it('says what a process that was added has been given, and nothing where there is none', async () => {
  expect(environmentOfMarked(mark, 'HTTP_PORT')).toBeUndefined();
  await once(addProcess(mark, { ...idle, env: { HTTP_PORT: '8513' } }), 'spawn');
  expect(environmentOfMarked(mark, 'HTTP_PORT')).toBe('8513');
  expect(environmentOfMarked(mark, 'HTTP')).toBeUndefined();
  expect(marked(mark)).toHaveLength(1);
});

it('stands while it runs, and not where it has ended by itself, unless it may', async () => {
  const stands = (given: object = {}) => MARK_UNDOS['end-marked']?.stands({} as Target, { mark, ...given });
  const child = addProcess(mark, idle);
  await once(child, 'spawn');
  expect(await stands()).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect([await stands(), await stands({ mayEnd: true })]).toEqual([false, true]);
});

it('is marked otherwise in another checkout, whose instance has the same name', () => {
  const home = process.env['SOUK_HOME'];
  process.env['SOUK_HOME'] = '/elsewhere';
  const other = markOf(`spec-${process.pid}`, 'idle-2');
  if (home === undefined) delete process.env['SOUK_HOME'];
  else process.env['SOUK_HOME'] = home;
  expect(other).not.toBe(mark);
  expect(other).toMatch(/^spec-\d+-[0-9a-f]{8}\/idle-2$/);
});

it('one that cannot be started ends nobody', async () => {
  const child = addProcess(mark, { command: '/nowhere/node', args: [] });
  const [error] = (await once(child, 'error')) as [Error];
  expect(error.message).toContain('ENOENT');
  expect(marked(mark)).toEqual([]);
});
