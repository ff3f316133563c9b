import { describe, expect, it } from '@jest/globals';
import { serviceSettings } from '@souk/contracts';
import { type SourceFile, sourceFiles } from './sources.ts';

/** Where the code of a service is, if not in services/<name>; what it shares with others is in libs. */
const FOLDERS: Readonly<Record<string, string>> = {
  gateway: 'gateway/',
  payment: 'simulators/payment/',
  identity: 'simulators/identity/',
  'order-query': 'services/order/',
};

const code = sourceFiles().filter(({ path }) => !/\.(spec|mother|fixture)\.ts$|\/test\//.test(path));

/** A property that is read, or taken out of an object: `.key`, `{ key }`, `{ key: other }`, or its name. */
const mentions = (key: string): RegExp => new RegExp(`\\.${key}\\b|[{,]\\s*${key}\\b|'${key}'`);

function unread(service: string, keys: readonly string[], files: readonly SourceFile[]): string[] {
  const own = files.filter(({ path }) => path.startsWith(FOLDERS[service] ?? `services/${service}/`));
  const shared = files.filter(({ path }) => path.startsWith('libs/'));
  return keys.filter((key) => ![...own, ...shared].some(({ text }) => mentions(key).test(text)));
}

describe('CFG-13 a live setting', () => {
  it.each(Object.entries(serviceSettings))('of %s is read by some code of it', (service, { shape }) => {
    expect(Object.keys(shape).length).toBeGreaterThan(0);
    expect(unread(service, Object.keys(shape), code)).toEqual([]);
  });

  it('that nobody reads would be found', () => {
    expect(unread('order', ['returnDays', 'noSuchSetting'], code)).toEqual(['noSuchSetting']);
    const without = code.map(({ path, text }) => ({ path, text: text.replaceAll('returnDays', 'x') }));
    expect(unread('order', ['returnDays', 'snapshotEvery'], without)).toEqual(['returnDays']);
  });
});
