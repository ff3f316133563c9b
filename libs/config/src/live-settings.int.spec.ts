import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { liveSettings, parseSettings } from './live-settings.js';
import { trustingSettings } from './live-settings.naive.js';
import { until } from './until.mother.js';
import { hashOf } from './look.js';
import { type Watched, WatchedFile } from './watched-file.js';

const schema = z.strictObject({
  readOnly: z.boolean().default(false),
  timeoutMs: z.int().min(100).default(5_000),
  hosts: z.array(z.string()).default([]),
  logLevel: z.enum(['info', 'debug']).optional(),
});
type Settings = z.infer<typeof schema>;

/** Of this process, since its start (proc_pid_io(5)). */
const bytesRead = (): number => Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);

describe('live settings', () => {
  let dir: string;
  let file: string;
  let settings: Watched<Settings> | undefined;
  let logged: { level: string; fields: object; message: string }[];
  const logger = {
    info: (fields: object, message: string) => void logged.push({ level: 'info', fields, message }),
    error: (fields: object, message: string) => void logged.push({ level: 'error', fields, message }),
  };
  const errors = () => logged.filter(({ level }) => level === 'error');

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'live-'));
    file = join(dir, 'settings.yaml');
    logged = [];
  });
  afterEach(() => {
    settings?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const open = (): Watched<Settings> => {
    settings = liveSettings(schema, file);
    settings.start(logger);
    return settings;
  };

  it('CFG-4 are the defaults where no file is named, and where the store was never there', async () => {
    expect(liveSettings(schema, undefined).value).toEqual({ readOnly: false, timeoutMs: 5_000, hosts: [] });
    const late = open();
    expect(late.value.readOnly).toBe(false);
    expect(late.status()).toMatchObject({ hash: 'defaults', lastError: 'the file cannot be read' });
    expect(errors()).toHaveLength(1);
    writeFileSync(file, 'readOnly: true\n');
    await until('the file that came late is in force', () => late.value.readOnly);
    expect(late.status().lastError).toBeUndefined();
  });

  it('CFG-1 follow a change in place', async () => {
    writeFileSync(file, 'readOnly: true\n');
    const live = open();
    expect(live.value.readOnly).toBe(true);
    writeFileSync(file, 'timeoutMs: 300\n');
    await until('the change is in force', () => live.value.timeoutMs === 300);
    expect(live.value.readOnly).toBe(false);
    expect(live.status()).toMatchObject({ hash: hashOf('timeoutMs: 300\n'), changes: 1, refused: 0 });
  });

  it.each([
    ['is written in place', () => undefined],
    ['is made anew', () => rmSync(file)],
  ])(
    'CFG-1 take a file that %s when it is whole, not the half of it that would be good as well',
    async (_how, before) => {
      writeFileSync(file, 'readOnly: true\n');
      const live = open();
      const seen: Settings[] = [];
      live.onChange((next) => seen.push(next));
      const text = 'readOnly: true\ntimeoutMs: 300\nhosts: [a, b]\n';
      before();
      const fd = openSync(file, 'w');
      for (const line of text.split(/(?<=\n)/)) {
        writeSync(fd, line);
        await sleep(15);
      }
      closeSync(fd);
      await until('the change is in force', () => live.value.hosts.length === 2);
      expect(seen).toEqual([{ readOnly: true, timeoutMs: 300, hosts: ['a', 'b'] }]);
    },
  );

  it('CFG-1 follow the swapped links of a ConfigMap', async () => {
    const publish = (version: string, text: string) => {
      mkdirSync(join(dir, version));
      writeFileSync(join(dir, version, 'settings.yaml'), text);
      symlinkSync(version, join(dir, '..data_tmp'));
      renameSync(join(dir, '..data_tmp'), join(dir, '..data'));
    };
    publish('..2026_1', 'timeoutMs: 100\n');
    symlinkSync('..data/settings.yaml', file);
    const live = open();
    expect(live.value.timeoutMs).toBe(100);
    publish('..2026_2', 'timeoutMs: 200\n');
    await until('the second version is in force', () => live.value.timeoutMs === 200);
    rmSync(join(dir, '..2026_1'), { recursive: true });
    publish('..2026_3', 'timeoutMs: 300\n');
    await until('the third version is in force', () => live.value.timeoutMs === 300);
  });

  it('CFG-1 are found by the poll where the folder tells nothing', async () => {
    const elsewhere = join(dir, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'real.yaml'), 'timeoutMs: 100\n');
    symlinkSync(join(elsewhere, 'real.yaml'), file);
    const live = open();
    writeFileSync(join(elsewhere, 'real.yaml'), 'timeoutMs: 200\n');
    await until('the change is in force', () => live.value.timeoutMs === 200);
  });

  it.each([
    ['broken YAML', 'readOnly: [', /./],
    ['the wrong type', 'readOnly: "yes"', /readOnly/],
    ['a value out of bounds', 'timeoutMs: 5', /timeoutMs/],
    ['an unknown key', 'readonly: true', /readonly/],
    ['a key without a value', 'timeoutMs:', /timeoutMs/],
    ['a key twice', 'timeoutMs: 200\ntimeoutMs: 300', /unique/i],
    ['no mapping at all', '- a\n- b', /./],
    ['bytes of something else', '\u0000\u0001ELF', /./],
  ])('CFG-5 CFG-12 keep the last good value on %s, say why once, and recover', async (_what, garbage, reason) => {
    writeFileSync(file, 'timeoutMs: 200\n');
    const live = open();
    writeFileSync(file, garbage);
    await until('the garbage is refused', () => live.status().refused === 1);
    expect(live.value.timeoutMs).toBe(200);
    expect(live.status()).toMatchObject({ hash: hashOf('timeoutMs: 200\n'), changes: 0 });
    expect(live.status().lastError).toMatch(reason);
    (live as unknown as { refresh(): void }).refresh();
    expect(errors()).toHaveLength(1);
    writeFileSync(file, 'timeoutMs: 300\n');
    await until('the good value is in force', () => live.value.timeoutMs === 300);
    expect(live.status().lastError).toBeUndefined();
  });

  it('CFG-5 say in which line a mistake is', async () => {
    writeFileSync(file, '# ours\nreadOnly: true\ntimeoutMs: 5\n');
    expect(open().status().lastError).toMatch(/^line 3, timeoutMs: /);
  });

  it('CFG-5 are whatever the file says in the variant config-trusting', async () => {
    writeFileSync(file, 'timeoutMs: 200\n');
    settings = trustingSettings(schema, file);
    settings.start(logger);
    const live = settings;
    writeFileSync(file, 'timeoutMs: soon\nreadonly: true\n');
    await until('the garbage is in force', () => String(live.value.timeoutMs) === 'soon');
    expect(live.status().refused).toBe(0);
  });

  it('CFG-4 are what was packaged, which has a version, until there is a file', async () => {
    const packaged = 'timeoutMs: 700\n';
    const parse = (text: string) => parseSettings(schema, text);
    settings = new WatchedFile<Settings>({ name: 'packaged', file, packaged, parse });
    settings.start(logger);
    const live = settings;
    expect([live.value.timeoutMs, live.status().hash, live.status().lastError]).toEqual([
      700,
      hashOf(packaged),
      undefined,
    ]);
    expect(errors()).toEqual([]);
    writeFileSync(file, 'timeoutMs: soon\n');
    await until('the bad file is refused', () => live.status().refused === 1);
    expect(live.value.timeoutMs).toBe(700);
    writeFileSync(file, 'timeoutMs: 800\n');
    await until('the good file is in force', () => live.value.timeoutMs === 800);
    rmSync(file);
    await until('its absence is seen', () => live.status().lastError !== undefined);
    expect(live.value.timeoutMs).toBe(800);
  });

  it('CFG-4 CFG-5 are what was packaged when the file is bad at the start', () => {
    writeFileSync(file, 'timeoutMs: soon\n');
    const parse = (text: string) => parseSettings(schema, text);
    settings = new WatchedFile<Settings>({ name: 'packaged', file, packaged: 'timeoutMs: 700\n', parse });
    expect(settings.value.timeoutMs).toBe(700);
    expect(settings.status().lastError).toMatch(/^line 1, timeoutMs/);
  });

  it('CFG-4 keep the last good value when the file goes away', async () => {
    writeFileSync(file, 'timeoutMs: 200\n');
    const live = open();
    rmSync(file);
    await until('its absence is seen', () => live.status().lastError !== undefined);
    expect(live.value.timeoutMs).toBe(200);
    writeFileSync(file, 'timeoutMs: 200\n');
    await until('it is back', () => live.status().lastError === undefined);
  });

  it('CFG-4 stay where the way to the file leads nowhere', () => {
    symlinkSync(file, file);
    const lost = open();
    for (let look = 0; look < 2; look += 1) (lost as WatchedFile<Settings>).refresh();
    expect([lost.value.timeoutMs, lost.status().lastError]).toEqual([5_000, 'the file cannot be read']);
  });

  it('CFG-12 take an empty file for the defaults, and lists and unset keys as they are', async () => {
    writeFileSync(file, '# nothing yet\n');
    const live = open();
    expect(live.value).toEqual({ readOnly: false, timeoutMs: 5_000, hosts: [] });
    writeFileSync(file, 'hosts: [a, b]\n');
    await until('the list is there', () => live.value.hosts.length === 2);
    expect(Object.keys(live.value)).not.toContain('logLevel');
  });

  it('CFG-3 tell who listens, with the key that was removed among the changed ones', async () => {
    writeFileSync(file, 'logLevel: debug\ntimeoutMs: 200\n');
    const live = open();
    const heard: [Settings, Settings][] = [];
    const keys: (readonly string[] | undefined)[] = [];
    live.onChange((next, previous, changed) => {
      heard.push([next, previous]);
      keys.push(changed);
    });
    writeFileSync(file, 'timeoutMs: 200\nreadOnly: true\n');
    await until('the listener was called', () => heard.length === 1);
    expect(heard[0]?.map(({ logLevel, readOnly }) => [logLevel, readOnly])).toEqual([
      [undefined, true],
      ['debug', false],
    ]);
    expect(keys).toEqual([['logLevel', 'readOnly']]);
    expect(logged.at(-1)?.fields).toMatchObject({ changed: ['logLevel', 'readOnly'] });
  });

  it('CFG-2 read the file only when its version is another', async () => {
    writeFileSync(file, 'timeoutMs: 200\n');
    const live = open();
    const before = live.status();
    writeFileSync(file, 'timeoutMs: 200\n');
    (live as unknown as { refresh(): void }).refresh();
    expect(live.status()).toEqual(before);
  });

  it('CFG-2 do not even read it otherwise', async () => {
    const bytes = 4_000_000;
    writeFileSync(file, `timeoutMs: 200\n# ${'x'.repeat(bytes)}\n`);
    const live = open() as WatchedFile<Settings>;
    // A file this young is read each time: it may have changed within one tick of the clock.
    await sleep(2_100);
    live.refresh();
    const before = bytesRead();
    for (let look = 0; look < 5; look += 1) live.refresh();
    expect(bytesRead() - before).toBeLessThan(bytes);
    utimesSync(file, new Date(), new Date());
    live.refresh();
    expect(bytesRead() - before).toBeGreaterThan(bytes);
  });

  it('CFG-11 start and stop as often as one likes', async () => {
    writeFileSync(file, 'timeoutMs: 200\n');
    const live = open();
    live.start(logger);
    live.stop();
    live.stop();
    writeFileSync(file, 'timeoutMs: 300\n');
    live.start(logger);
    await until('the change is in force', () => live.value.timeoutMs === 300);
    expect(logged.filter(({ message }) => message === 'configuration changed')).toHaveLength(1);
  });

  it('cannot be changed by who reads them', () => {
    writeFileSync(file, 'hosts: [a]\n');
    const { value } = open();
    expect([Object.isFrozen(value), Object.isFrozen(value.hosts)]).toEqual([true, true]);
  });
});
