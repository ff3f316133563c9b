import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { identify } from '../../../cli/src/system/process-identity.ts';
import { alone, runnerOf } from './lock.ts';

let shop: { name: string; dir: string };
beforeEach(() => void (shop = { name: 'default', dir: mkdtempSync(join(tmpdir(), 'souk-lock-')) }));
afterEach(() => rmSync(shop.dir, { recursive: true }));

describe('who breaks a shop', () => {
  it('is known while it does, between the runs of a series, too', async () => {
    const seen: unknown[] = [];
    const look = async (): Promise<void> => void seen.push(runnerOf(shop)?.pid);
    await alone(shop, async () => {
      await alone(shop, look);
      await look();
      await alone(shop, look);
    });
    await look();
    expect(seen).toEqual([process.pid, process.pid, process.pid, undefined]);
  });

  it('is the only one', async () => {
    const { pid, startTime } = identify(process.ppid) ?? { pid: 0, startTime: 0 };
    mkdirSync(join(shop.dir, 'chaos'));
    writeFileSync(join(shop.dir, 'chaos', 'lock'), `${pid} ${startTime}`);
    await expect(alone(shop, async () => 'broken')).rejects.toThrow("an experiment runs on 'default' already");
  });
});
