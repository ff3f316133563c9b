import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { routeTable, serviceSettings, sharedSettings } from '@souk/contracts';
import { changeSettings, replaceText, rollback } from './change.ts';
import { documentOf } from './documents.ts';
import { parseHistory } from './history.ts';
import { MemoryPlace } from './place.mother.ts';
import type { Place } from './place.ts';
import { parseChange, settingsHash } from './settings.ts';
import { get, history, list, status } from './show.ts';

const schemas = { ...serviceSettings, routes: routeTable };
const TABLE = 'routes:\n  - { method: GET, path: /api/a, upstream: order, access: user }\n';

describe('changes of the configuration', () => {
  let place: MemoryPlace;
  const desk = () => ({ place, schemas, author: 'ann@desk' });
  const set = (...texts: string[]) => changeSettings(desk(), texts.map(parseChange));
  const versions = (name: string) =>
    parseHistory(place.histories.get(name) ?? '').map(({ version, author, what, text }) => ({
      version,
      author,
      what,
      text,
    }));

  beforeEach(() => {
    place = new MemoryPlace();
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
  });
  afterEach(() => void jest.restoreAllMocks());

  it('CFG-8 are remembered with their author before they are made', async () => {
    place.texts.set('gateway', 'readOnly: false\n');
    await set('gateway.readOnly=true', 'order.returnDays=30');
    await set('gateway.upstreamTimeoutMs=900');
    expect(versions('gateway')).toEqual([
      { version: 1, author: 'unknown', what: 'as it was', text: 'readOnly: false\n' },
      { version: 2, author: 'ann@desk', what: 'set readOnly=true', text: 'readOnly: true\n' },
      {
        version: 3,
        author: 'ann@desk',
        what: 'set upstreamTimeoutMs=900',
        text: 'readOnly: true\nupstreamTimeoutMs: 900\n',
      },
    ]);
    expect(versions('order')).toHaveLength(2);
    expect(place.done.slice(0, 3)).toEqual(['remember gateway', 'write gateway', 'refresh gateway']);
  });

  it('CFG-8 are taken back by one command, again and again', async () => {
    for (const days of [20, 30, 40]) await set(`order.returnDays=${days}`);
    await rollback(desk(), 'order');
    expect(place.texts.get('order')).toBe('returnDays: 30\n');
    // The version before the one that was taken back, not the one that was taken back.
    expect(versions('order').at(-1)).toMatchObject({ version: 5, what: 'rollback to 3' });
    await rollback(desk(), 'order', 2);
    expect(place.texts.get('order')).toBe('returnDays: 20\n');
    await expect(rollback(desk(), 'order', 99)).rejects.toThrow('order has no version 99');
    await expect(rollback(desk(), 'gateway')).rejects.toThrow('gateway has no earlier version');
  });

  it('CFG-8 are taken back one step at a time, also after a change in between, until there is none left', async () => {
    for (const days of [20, 30, 40]) await set(`order.returnDays=${days}`);
    const days = async () => {
      await rollback(desk(), 'order');
      return place.texts.get('order');
    };
    expect([await days(), await days()]).toEqual(['returnDays: 30\n', 'returnDays: 20\n']);
    await set('order.returnDays=50');
    expect([await days(), await days()]).toEqual(['returnDays: 20\n', '']);
    await expect(rollback(desk(), 'order')).rejects.toThrow('order has no earlier version');
  });

  it('CFG-5 CFG-8 are taken back to what is good, past what somebody broke or emptied by hand', async () => {
    await set('order.returnDays=20');
    for (const broken of ['returnDays: never\n', '', ' \n']) {
      place.texts.set('order', broken);
      await replaceText(desk(), 'order', 'returnDays: 30\n', 'apply mine.yaml');
    }
    // The one that is in force is in the history thrice, with what was broken in between.
    await rollback(desk(), 'order');
    expect(place.texts.get('order')).toBe('returnDays: 20\n');
    await expect(rollback(desk(), 'order', 3)).rejects.toThrow('would refuse');
  });

  it('CFG-5 are shown as they are when somebody has written what is refused', async () => {
    place.texts.set('gateway', 'readOnly: maybe\n');
    place.texts.set('routes', 'routes: [\n');
    const printed = jest.mocked(console.log);
    for (const [name, why] of [
      ['gateway', 'readOnly'],
      ['gateway.readOnly', 'readOnly'],
      ['routes', 'Flow'],
    ] as const) {
      printed.mockClear();
      const text = place.texts.get(name.split('.')[0] ?? '');
      expect(await get(place, schemas, name)).toMatchObject({ text, refused: expect.stringContaining(why) });
      expect(printed.mock.calls.flat().join('\n')).toContain('is refused, the last good one stays in force: ');
    }
    expect(await list(place, schemas)).toMatchObject({ refused: ['gateway'] });
    await expect(get(place, schemas, 'postgres')).rejects.toThrow('has no settings');
  });

  it('CFG-4 are not in force where the file is gone, whatever text stands for it', async () => {
    const hash = settingsHash(documentOf('routes').packaged);
    const lastError = 'the file is not there any more';
    const ask: Place['ask'] = async (service) => [{ replica: `${service}-1`, body: { routes: { hash, lastError } } }];
    const { documents } = (await status({ ...place, ask }, schemas)) as {
      documents: { name: string; replicas: object[] }[];
    };
    expect(documents.find(({ name }) => name === 'routes')).toMatchObject({ hash, replicas: [{ isInForce: false }] });
    const printed = jest.mocked(console.log).mock.calls.flat().join('\n');
    expect(printed).toContain('has it in force, but: the file is not there any more');
  });

  it('CFG-8 that came by another way have a version to go back to', async () => {
    await set('order.returnDays=20');
    place.texts.set('order', 'returnDays: 21\n');
    await set('order.returnDays=22');
    expect(versions('order').map(({ what, text }) => `${what}: ${text.trim()}`)).toEqual([
      'as it was: ',
      'set returnDays=20: returnDays: 20',
      'not by ./souk config: returnDays: 21',
      'set returnDays=22: returnDays: 22',
    ]);
    place.texts.set('order', 'returnDays: 99\n');
    await rollback(desk(), 'order');
    expect(place.texts.get('order')).toBe('returnDays: 22\n');
  });

  it('CFG-5 are checked whole, before anything is written', async () => {
    await expect(set('order.returnDays=20', 'gateway.readOnly=maybe')).rejects.toThrow('nothing was written');
    await expect(replaceText(desk(), 'routes', TABLE.replace('order', 'nobody'), 'apply')).rejects.toThrow(
      'nothing was written',
    );
    await expect(replaceText(desk(), 'postgres', '', 'apply')).rejects.toThrow("'postgres' has no settings");
    expect(place.done).toEqual([]);
  });

  it('CFG-5 an old version that would be refused today stays where it is', async () => {
    place.texts.set('order', 'returnDays: 9999\n');
    await replaceText(desk(), 'order', 'returnDays: 20\n', 'apply x');
    await expect(rollback(desk(), 'order')).rejects.toThrow('order has no earlier version');
    await expect(rollback(desk(), 'order', 1)).rejects.toThrow('nothing was written');
    expect(place.texts.get('order')).toBe('returnDays: 20\n');
  });

  it('CFG-8 RTE-3 are made to routes as well, from the packaged table on', async () => {
    await set('routes.upstreams.catalog.canary={version: v2, urls: [http://a:1], weight: 5}');
    expect(place.texts.get('routes')).toContain(documentOf('routes').packaged.trimEnd());
    expect(place.done).toEqual(['remember routes', 'write routes', 'refresh gateway']);
    await replaceText(desk(), 'routes', TABLE, 'apply mine.yaml');
    await rollback(desk(), 'routes', 1);
    expect(place.texts.get('routes')).toBe(documentOf('routes').packaged);
  });

  describe('CFG-6 of a scope above the services', () => {
    const all = { ...schemas, global: sharedSettings, environment: sharedSettings };
    const change = (...texts: string[]) =>
      changeSettings({ place, schemas: all, author: 'ann@desk' }, texts.map(parseChange));

    it('are in force on all services, and shown where they come from', async () => {
      const { changed } = (await change('global.logLevel=debug', 'gateway.readOnly=true')) as {
        changed: { service: string; replicas: string[] }[];
      };
      expect(changed[0]?.replicas).toEqual(expect.arrayContaining(['gateway-1', 'order-1', 'catalog-1']));
      const printed = jest.mocked(console.log);
      printed.mockClear();
      const { settings } = (await get(place, all, 'gateway')) as { settings: { name: string; scope: string | null }[] };
      const scopeOf = (name: string) => settings.find((one) => one.name === name)?.scope;
      expect(['gateway.logLevel', 'gateway.readOnly', 'gateway.limitUser'].map(scopeOf)).toEqual([
        'global',
        'service',
        null,
      ]);
      const lines = printed.mock.calls.flat().join('\n');
      expect(lines).toMatch(/gateway\.logLevel +debug \(global\) /);
      expect(lines).toMatch(/gateway\.readOnly +true +\w/);
      expect(await get(place, all, 'global')).toMatchObject({
        settings: [{ name: 'global.logLevel', value: 'debug' }],
      });
    });

    it('lock what no service may set, before anything is written', async () => {
      await change('environment.readOnly=false', 'environment.locked=[readOnly]');
      place.done.length = 0;
      await expect(change('gateway.readOnly=true')).rejects.toMatchObject({
        message: 'gateway would refuse the new text of gateway; nothing was written',
        why: 'setting-locked: line 1, readOnly: environment has locked it',
      });
      await expect(
        replaceText({ place, schemas: all, author: 'ann' }, 'gateway', 'readOnly: true\n', 'x'),
      ).rejects.toThrow('nothing was written');
      expect(place.done).toEqual([]);
      const { settings } = (await get(place, all, 'gateway.readOnly')) as { settings: object[] };
      expect(settings).toMatchObject([{ value: false, scope: 'environment', lockedBy: 'environment' }]);
    });

    it('lock nothing that a service sets already', async () => {
      await change('order.returnDays=20');
      await expect(change('global.locked=[returnDays]')).rejects.toMatchObject({
        message: 'order would refuse the new text of global; nothing was written',
        why: expect.stringMatching(/^setting-locked: line 1, returnDays/),
      });
    });

    it('are settings of some service, with the bounds of that', async () => {
      await expect(change('global.returnDay=3')).rejects.toThrow('nothing was written');
      await expect(change('global.returnDays=-3')).rejects.toThrow('nothing was written');
      await expect(change('global.locked=[returnDay]')).rejects.toThrow('nothing was written');
      await change('global.returnDays=3');
      expect(place.texts.get('global')).toBe('returnDays: 3\n');
    });

    it('are shown as refused where somebody has written past the command', async () => {
      place.texts.set('global', 'readOnly: true\nlocked: [readOnly]\n');
      place.texts.set('gateway', 'readOnly: false\n');
      const refused = 'setting-locked: line 1, readOnly: global has locked it';
      expect(await get(place, all, 'gateway')).toMatchObject({ refused });
      expect(await list(place, all)).toMatchObject({ refused: ['gateway'] });
    });
  });

  it('are shown by document, with who has what in force', async () => {
    await set('gateway.readOnly=true');
    await set('gateway.readOnly=false');
    const { documents } = (await status(place, schemas)) as {
      documents: { name: string; version?: number; replicas: object[] }[];
    };
    expect(documents.map(({ name }) => name).sort()).toEqual(Object.keys(schemas).sort());
    expect(documents.find(({ name }) => name === 'gateway')).toMatchObject({
      version: 3,
      replicas: [{ replica: 'gateway-1', isInForce: true }],
    });
    expect(documents.find(({ name }) => name === 'routes')).toMatchObject({ replicas: [{ isInForce: false }] });
    expect(await history(place, schemas, 'gateway')).toMatchObject({
      versions: [{ version: 3 }, { version: 2 }, { version: 1 }],
    });
    expect(await history(place, schemas, 'gateway', 2)).toMatchObject({
      versions: [{ version: 2, text: 'readOnly: true\n' }],
    });
    await expect(history(place, schemas, 'postgres')).rejects.toThrow('has no settings');
  });
});

describe('the history of a document', () => {
  it('passes over what cannot be read, and forgets what is old', async () => {
    expect(parseHistory('{"version":1}\nnonsense\n\n{"version":2}\n')).toEqual([{ version: 1 }, { version: 2 }]);
    const place = new MemoryPlace();
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
    for (let days = 1; days <= 40; days++)
      await changeSettings({ place, schemas, author: 'ann' }, [parseChange(`order.returnDays=${days}`)]);
    const kept = parseHistory(place.histories.get('order') ?? '');
    expect([kept.length, kept.at(-1)?.version]).toEqual([30, 41]);
    jest.restoreAllMocks();
  });
});
