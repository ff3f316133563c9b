import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { liveSettings } from '@souk/config';
import { type OrderSettings, routeTable, serviceSettings, sharedSettings } from '@souk/contracts';
import { openInstance } from '../instance.ts';
import { changeSettings, rollback } from './change.ts';
import { ensureSettings, settingsFile } from './files.ts';
import { hostPlace } from './host-place.ts';
import type { Place } from './place.ts';
import { parseChange } from './settings.ts';
import type { Soak } from './stage.ts';
import { status } from './show.ts';

const schemas = { ...serviceSettings, routes: routeTable, global: sharedSettings, environment: sharedSettings };
const silent = { info: () => undefined, error: () => undefined };

/** An instance of the host in which two processes of order follow its files, as they do in production. */
class Environment {
  readonly dir = mkdtempSync(join(tmpdir(), 'souk-environment-'));
  readonly #instance = { ...openInstance('default'), dir: this.dir, secretsDir: join(this.dir, 'secrets') };
  readonly place: Place;
  readonly processes: readonly { readonly name: string; readonly live: ReturnType<typeof Environment.follow> }[];

  constructor() {
    mkdirSync(join(this.dir, 'config'));
    ensureSettings(this.#instance);
    const file = settingsFile(this.#instance, 'order');
    this.processes = ['order-1', 'order-2'].map((name) => ({ name, live: Environment.follow(file, name) }));
    const answer = (path: string, live: ReturnType<typeof Environment.follow>): unknown =>
      path === '/configz' ? { settings: { ...live.status(), values: live.value } } : 'process_start_time_seconds 1\n';
    this.place = {
      ...hostPlace(this.#instance),
      ask: async (service, path) =>
        service === 'order'
          ? this.processes.map(({ name, live }) => ({ replica: name, body: answer(path, live) }))
          : [],
    };
  }

  static follow(file: string, name: string) {
    const live = liveSettings(serviceSettings.order, file, name);
    live.start(silent);
    return live;
  }

  desk = () => ({ place: this.place, schemas, author: 'ann@desk' });
  change = (text: string, soak?: Soak) => changeSettings(this.desk(), [parseChange(text)], soak);
  inForce = (key: keyof OrderSettings) => this.processes.map(({ live }) => live.value[key]);
  files = () =>
    readdirSync(this.dir, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => [join(one.parentPath, one.name), readFileSync(join(one.parentPath, one.name), 'utf8')])
      .sort();

  close(): void {
    for (const { live } of this.processes) live.stop();
    rmSync(this.dir, { recursive: true });
  }
}

describe('settings of an environment whose processes follow them', () => {
  let blue: Environment;
  let green: Environment;
  beforeEach(() => {
    [blue, green] = [new Environment(), new Environment()];
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    for (const one of [blue, green]) one.close();
  });
  const soakWith = (pause: () => Promise<void>): Soak => ({ seconds: 2, signal: new AbortController().signal, pause });

  it('CFG-13: a staged change is in force on one, then on all, and its file is gone', async () => {
    const seen: unknown[] = [];
    await blue.change(
      'order.returnDays=20',
      soakWith(async () => void seen.push(blue.inForce('returnDays'))),
    );
    expect(seen).toEqual([
      [20, 14],
      [20, 14],
    ]);
    expect(blue.inForce('returnDays')).toEqual([20, 20]);
    expect(await blue.place.instancesOf('order')).toEqual([]);
    expect(blue.processes.map(({ live }) => live.status().lastError)).toEqual([undefined, undefined]);
  });

  it('CFG-13: one that is not well goes back to what it had', async () => {
    const away = async (): Promise<void> => {
      const { ask } = blue.place;
      Object.assign(blue.place, {
        ask: async (service: string, path: string) =>
          (await ask(service, path)).map((one) => (path === '/readyz' ? { ...one, body: undefined } : one)),
      });
    };
    await expect(blue.change('order.returnDays=20', soakWith(away))).rejects.toThrow('taken back from order-1');
    expect(blue.inForce('returnDays')).toEqual([14, 14]);
    expect(await blue.place.instancesOf('order')).toEqual([]);
  });

  it('CFG-7: never reach another environment, whatever their scope and however they are made or taken back', async () => {
    const before = green.files();
    await blue.change('global.logLevel=debug');
    await blue.change('environment.healthSeconds=7');
    await blue.change(
      'order.snapshotEvery=9',
      soakWith(async () => undefined),
    );
    await blue.change('order.returnDays=20');
    await rollback(blue.desk(), 'order');
    expect([blue.inForce('logLevel'), blue.inForce('healthSeconds'), blue.inForce('snapshotEvery')]).toEqual([
      ['debug', 'debug'],
      [7, 7],
      [9, 9],
    ]);
    expect(green.files()).toEqual(before);
    const { documents } = (await status(green.place, schemas)) as {
      documents: { name: string; replicas: { isInForce: boolean }[] }[];
    };
    expect(documents.find(({ name }) => name === 'order')?.replicas).toMatchObject([
      { isInForce: true },
      { isInForce: true },
    ]);
    for (const { live } of green.processes) expect(live.status()).toMatchObject({ changes: 0, refused: 0 });
  });
});
