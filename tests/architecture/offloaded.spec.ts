import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { ROOT } from './sources.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const ADR = 'docs/adr/0029-what-the-gateway-offloads.md';
/** What puts the others together, and is no feature. */
const FRAME = new Set(['offloading.ts', 'providers.ts']);
/** What the gateway is by itself, with nothing of it taken off a service. */
const NOT_OFFLOADED = ['admin', 'aggregation', 'docs', 'guide', 'health', 'resilience', 'routing'];

/** Sources that the ADR's list names, `gateway/src/` left out; a folder ends with a slash. */
const listed = (adr: string): string[] =>
  adr
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| offloaded'))
    .flatMap((line) => [...(line.split('|')[3] ?? '').matchAll(/`([\w./-]+)`/g)].map(([, path = '']) => path));

/** Every feature of gateway/src/offloading, and every folder beside it that does something in place of services. */
const built = (): string[] => [
  ...globSync('gateway/src/offloading/*.ts', { cwd: ROOT })
    .map((path) => basename(path))
    .filter((name) => !/\.(spec|naive|mother)\.ts$/.test(name) && !FRAME.has(name))
    .map((name) => `offloading/${name}`),
  ...globSync('gateway/src/*/', { cwd: ROOT })
    .map((path) => basename(path))
    .filter((name) => name !== 'offloading' && !NOT_OFFLOADED.includes(name))
    .map((name) => `${name}/`),
];

/** The first part of each public path, as a source would write it: `/api/products`. */
function singleRoutes(): string[] {
  const { routes } = parse(read('config/routes.yaml')) as { routes: { path: string; access: string }[] };
  const paths = routes
    .filter(({ access }) => access !== 'admin')
    .map(({ path }) => path.split('/').slice(0, 3).join('/'));
  return [...new Set(paths)];
}

const namesRoute = (text: string, routes: readonly string[]): string[] =>
  routes.filter((route) => new RegExp(`['"\`/]${route.slice(1)}\\b`).test(text));

describe('what the gateway does in place of services', () => {
  it('OFF-10 is what its decision lists: no feature without a line there, no line without a feature', () => {
    const names = listed(read(ADR));
    expect(names.length).toBeGreaterThan(10);
    expect(names.toSorted()).toEqual(built().toSorted());
  });

  it('OFF-10 is done for every route alike: no feature knows the address of one', () => {
    const routes = singleRoutes();
    expect(routes).toEqual(expect.arrayContaining(['/api/products', '/api/orders', '/api/cart']));
    const files = globSync('gateway/src/offloading/*.ts', { cwd: ROOT }).filter((path) => !path.endsWith('.spec.ts'));
    expect(files.length).toBeGreaterThan(10);
    const found = files.flatMap((path) => namesRoute(read(path), routes).map((route) => `${path} knows ${route}`));
    expect(found).toEqual([]);
  });

  it('OFF-10 would be seen if it were not', () => {
    expect(namesRoute(`if (url.startsWith('/api/orders')) skip();`, singleRoutes())).toEqual(['/api/orders']);
    expect(namesRoute(`@Controller('api/cart')`, singleRoutes())).toEqual(['/api/cart']);
    expect(listed('| offloaded | why | where |\n|---|---|---|\n| x | y | `offloading/x.ts`, `y/` |\n')).toEqual([
      'offloading/x.ts',
      'y/',
    ]);
  });
});
