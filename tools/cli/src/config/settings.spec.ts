import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { serviceSettings } from '@souk/contracts';
import { CliError } from '../errors.ts';
import { REPO_ROOT } from '../home.ts';
import { configurable } from './files.ts';
import { editSettings, listSettings, parseChange, settingsHash } from './settings.ts';

const edit = (text: string, ...changes: string[]) =>
  editSettings(serviceSettings, 'gateway', text, changes.map(parseChange));
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
    expect(problemOf(() => listSettings(serviceSettings, 'gateway', text)).why).toMatch(why);
    expect(problemOf(() => edit(text, 'gateway.logLevel=debug')).why).toMatch(why);
  });

  it('CFG-5 refuse a service that has none, and what is no assignment', () => {
    expect(problemOf(() => editSettings(serviceSettings, 'postgres', '', [])).why).toContain('gateway');
    for (const text of ['gateway.readOnly', 'readOnly=true', '=', 'gateway.=1'])
      expect(problemOf(() => parseChange(text)).message).toContain(text);
  });

  it('CFG-3 go back to the default when a key is taken out', () => {
    const next = editSettings(serviceSettings, 'gateway', 'readOnly: true\nupstreamTimeoutMs: 300\n', [
      { service: 'gateway', key: 'readOnly', value: undefined },
    ]);
    expect(next).toBe('upstreamTimeoutMs: 300\n');
    expect(listSettings(serviceSettings, 'gateway', next)).toMatchObject([
      { name: 'gateway.logLevel', value: null, isDefault: true },
      { name: 'gateway.upstreamTimeoutMs', value: 300, isDefault: false },
      { name: 'gateway.readOnly', value: false, isDefault: true },
    ]);
  });

  it('have a hash that the services compute alike', () => {
    // printf 'readOnly: true\n' | sha256sum
    expect(settingsHash('readOnly: true\n')).toBe('21bdbe65c595dc1d');
  });
});

describe('the tracked settings', () => {
  it('are there for every service that follows any, and good', () => {
    expect(configurable()).toEqual(Object.keys(serviceSettings).sort());
    for (const service of configurable()) {
      const text = readFileSync(join(REPO_ROOT, 'config', `${service}.yaml`), 'utf8');
      expect(editSettings(serviceSettings, service, text, [])).toBe(text);
    }
  });

  it('are the defaults, so that the cluster, which starts without any, does the same', () => {
    for (const service of configurable()) {
      const text = readFileSync(join(REPO_ROOT, 'config', `${service}.yaml`), 'utf8');
      const [given, defaults] = [text, ''].map((one) => listSettings(serviceSettings, service, one));
      expect(given?.map(({ value }) => value)).toEqual(defaults?.map(({ value }) => value));
    }
  });
});
