import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { routeTable, serviceSettings } from '@souk/contracts';
import { CliError } from '../errors.ts';
import { REPO_ROOT } from '../home.ts';
import { configurable, readGiven } from './files.ts';
import { editSettings, listSettings, parseChange, settingsHash } from './settings.ts';

const schemas = { ...serviceSettings, routes: routeTable };
const edit = (text: string, ...changes: string[]) => editSettings(schemas, 'gateway', text, changes.map(parseChange));
const problemOf = (run: () => unknown): CliError => {
  try {
    run();
  } catch (error) {
    if (error instanceof CliError) return error;
  }
  throw new Error('expected a CliError');
};

describe('settings as the command line writes them', () => {
  it('keep the comments and the other settings', () => {
    const text = '# for the sale\nupstreamTimeoutMs: 5000\nreadOnly: false # not yet\n';
    expect(edit(text, 'gateway.readOnly=true')).toBe(
      '# for the sale\nupstreamTimeoutMs: 5000\nreadOnly: true # not yet\n',
    );
  });

  it.each([
    ['', 'readOnly: true\n'],
    ['{}\n', 'readOnly: true\n'],
    ['# nothing yet\n', '# nothing yet\n\nreadOnly: true\n'],
  ])('are added to %j', (text, expected) => {
    expect(edit(text, 'gateway.readOnly=true')).toBe(expected);
  });

  it.each([
    ['gateway.readOnly=maybe', /readOnly.*boolean/],
    ['gateway.upstreamTimeoutMs=5', /upstreamTimeoutMs.*100/],
    ['gateway.upstreamTimeoutMs=1e99', /upstreamTimeoutMs/],
    ['gateway.upstreamTimeoutMs=', /upstreamTimeoutMs/],
    ['gateway.logLevel=loud', /logLevel/],
    ['gateway.readonly=true', /readonly/],
    ['gateway.readOnly=[', /readOnly/],
  ])('CFG-5 are refused before anything is written: %s', (change, why) => {
    const problem = problemOf(() => edit('', change));
    expect(problem.message).toContain('nothing was written');
    expect(problem.why).toMatch(why);
  });

  it.each([
    ['a key twice', 'readOnly: true\nreadOnly: false\n', /unique/],
    ['broken YAML', 'readOnly: [\n', /./],
    ['an alias without an anchor', 'readOnly: *nothing\n', /nothing/],
    ['two documents', 'readOnly: true\n---\nreadOnly: false\n', /document/],
  ])('CFG-5 refuse as the services do what somebody else wrote: %s', (_what, text, why) => {
    expect(problemOf(() => listSettings(schemas, 'gateway', text)).why).toMatch(why);
    expect(problemOf(() => edit(text, 'gateway.logLevel=debug')).why).toMatch(why);
  });

  it('CFG-5 refuse a service that has none, and what is no assignment', () => {
    expect(problemOf(() => editSettings(schemas, 'postgres', '', [])).why).toContain('gateway');
    for (const text of ['gateway.readOnly', 'readOnly=true', '=', 'gateway.=1'])
      expect(problemOf(() => parseChange(text)).message).toContain(text);
  });

  it('CFG-3 go back to the default when a key is taken out', () => {
    const next = editSettings(schemas, 'gateway', 'readOnly: true\nupstreamTimeoutMs: 300\n', [
      { service: 'gateway', key: 'readOnly', value: undefined },
    ]);
    expect(next).toBe('upstreamTimeoutMs: 300\n');
    const named = (key: string) => listSettings(schemas, 'gateway', next).find(({ name }) => name === `gateway.${key}`);
    expect(['logLevel', 'upstreamTimeoutMs', 'readOnly'].map(named)).toMatchObject([
      { value: null, isDefault: true },
      { value: 300, isDefault: false },
      { value: false, isDefault: true },
    ]);
  });

  it('CFG-5 change what is inside of others, too, and name the line of a mistake', () => {
    const table = '# ours\nroutes:\n  - { method: GET, path: /api/a, upstream: order, access: user }\n';
    const next = editSettings(schemas, 'routes', table, [
      parseChange('routes.upstreams.catalog.canary={version: v2, urls: [http://a:1], weight: 5}'),
      parseChange('routes.routes.0.timeoutMs=900'),
    ]);
    expect(next).toContain('# ours\n');
    expect(next).toContain('access: user, timeoutMs: 900 }');
    const further = editSettings(schemas, 'routes', next, [parseChange('routes.upstreams.catalog.canary.weight=25')]);
    expect(further).toContain('weight: 25');
    const problem = problemOf(() =>
      editSettings(schemas, 'routes', table, [parseChange('routes.routes.0.to=/metrics')]),
    );
    expect(problem.why).toMatch(/^line 3, routes\.0\.to: GET \/api\/a: \/metrics is internal/);
  });

  it('CFG-5 refuse an entry beyond the end of a list, and add one behind the last', () => {
    const table = 'routes:\n  - { method: GET, path: /api/a, upstream: order, access: user }\n';
    const [inside, added] = ['.to=/x', '={ method: GET, path: /api/b, upstream: order, access: user }'];
    const change = (text: string) => editSettings(schemas, 'routes', table, [parseChange(`routes.routes.${text}`)]);
    for (const text of [`99${inside}`, `1${inside}`, `2${added}`]) {
      const { message, why } = problemOf(() => change(text));
      expect(message).toBe(`there is no routes.routes.${parseInt(text, 10)}; nothing was written`);
      expect(why).toBe('routes.routes has 1 entries, counted from 0');
    }
    const gone = { service: 'routes', key: 'routes.1', value: undefined };
    expect(problemOf(() => editSettings(schemas, 'routes', table, [gone])).message).toContain('there is no');
    expect(change(`1${added}`)).toContain('/api/b');
    expect(change(`0${inside}`)).toContain('to: /x');
  });

  it('have a hash that the services compute alike', () => {
    // printf 'readOnly: true\n' | sha256sum
    expect(settingsHash('readOnly: true\n')).toBe('21bdbe65c595dc1d');
  });
});

describe('a file that is to be applied', () => {
  it('is told when it cannot be read', () => {
    const file = join(REPO_ROOT, 'config', 'nobody-wrote-this.yaml');
    const problem = problemOf(() => readGiven(file));
    expect([problem.message, problem.why]).toEqual([
      `${file} cannot be read; nothing was written`,
      expect.stringContaining('ENOENT'),
    ]);
    expect(problemOf(() => readGiven(join(REPO_ROOT, 'config'))).why).toContain('EISDIR');
    expect(readGiven(join(REPO_ROOT, 'config', 'gateway.yaml'))).toContain('limitPartner');
  });
});

describe('the tracked settings', () => {
  it('are there for every service that follows any, and good', () => {
    expect(configurable()).toEqual(Object.keys(serviceSettings).sort());
    for (const service of configurable()) {
      const text = readFileSync(join(REPO_ROOT, 'config', `${service}.yaml`), 'utf8');
      expect(editSettings(schemas, service, text, [])).toBe(text);
    }
  });

  it('are the defaults, so that the cluster, which starts without any, does the same; what one machine needs aside', () => {
    const ofOneMachine = ['limitPartner', 'shedFloor', 'shedLoopMs'].map((key) => `gateway.${key}`);
    for (const service of configurable()) {
      const text = readFileSync(join(REPO_ROOT, 'config', `${service}.yaml`), 'utf8');
      const [given = [], defaults] = [text, ''].map((one) =>
        listSettings(schemas, service, one)
          .filter(({ name }) => !ofOneMachine.includes(name))
          .map(({ name, value }) => ({ name, value })),
      );
      expect(given).toEqual(defaults);
    }
  });
});
