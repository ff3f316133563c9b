import { importsOf, placeOf, resolveRelative, type Place } from './imports.ts';
import type { SourceFile } from './sources.ts';

/** A rule looks at one source and says what is wrong with it; nothing when it is in order. */
export type Rule = (source: SourceFile) => string[];

const MAX_LINES = 300;
/** Specs and what only they use. */
const isSpec = (path: string) => /\.(spec|suite|fixture|mother)\.ts$/.test(path) || /(^|\/)test\//.test(path);
/** Test equipment is a library by its place and a test by its nature. */
const TEST_EQUIPMENT = 'libs/testing';
const DEPLOYABLE: Place['kind'][] = ['service', 'simulator', 'sidecar', 'gateway'];

/** Not part of the shop: they look at it from outside. */
const OUTSIDE: Place['kind'][] = ['tool', 'tests', 'bench'];

/** Our packages that a source imports, by folder kind: `@souk/x` by name, other packages' folders by relative path. */
function foreignImports(source: SourceFile, folderOf: (name: string) => string | undefined): [string, Place][] {
  const here = placeOf(source.path);
  return importsOf(source).flatMap((name): [string, Place][] => {
    const path = resolveRelative(source.path, name) ?? folderOf(name.split('/').slice(0, 2).join('/'));
    if (path === undefined) return [];
    const there = placeOf(`${path}/`);
    return there.folder === here.folder ? [] : [[name, there]];
  });
}

const ALLOWED: Record<Place['kind'], Place['kind'][]> = {
  contracts: [],
  lib: ['lib'],
  service: ['contracts', 'lib'],
  simulator: ['contracts', 'lib'],
  sidecar: ['contracts', 'lib'],
  gateway: ['contracts', 'lib'],
  tool: ['contracts', 'tool', 'bench'],
  tests: ['contracts', 'lib', 'tool', 'tests', 'client'],
  bench: ['contracts', 'lib', 'tool'],
  client: [],
};

/** Who writes settings checks them by the code of those who read them. */
const READ_BY_TOOLS = 'libs/config';

/** No deployable imports another; services meet in contracts; libs stay technical and import libs only. */
export function boundaries(folderOf: (name: string) => string | undefined): Rule {
  return (source) => {
    const { kind } = placeOf(source.path);
    return foreignImports(source, folderOf).flatMap(([name, there]) =>
      ALLOWED[kind].includes(there.kind) || (kind === 'tool' && there.folder === READ_BY_TOOLS)
        ? []
        : [`imports ${name}: a ${kind} may not use a ${there.kind}`],
    );
  };
}

/** One public door a package: nothing below it is imported, by name or by path. */
export const noDeepImports: Rule = (source) => {
  const here = placeOf(source.path);
  if (OUTSIDE.includes(here.kind)) return [];
  return importsOf(source).flatMap((name) => {
    if (/^@souk\/[^/]+\//.test(name)) return [`imports ${name}: use the package's public door`];
    const path = resolveRelative(source.path, name);
    return path !== undefined && !path.startsWith(`${here.folder}/`)
      ? [`imports ${name}, which leaves the package: import it by name`]
      : [];
  });
};

/** `domain/` is pure: it imports its own files and nothing else; its specs may use the test runner. */
export const pureDomain: Rule = (source) => {
  const folder = /^.*\/domain\//.exec(source.path)?.[0];
  if (folder === undefined) return [];
  return importsOf(source).flatMap((name) => {
    if (resolveRelative(source.path, name)?.startsWith(folder)) return [];
    if (isSpec(source.path) && /^(@jest\/globals|fast-check|.*\/test(ing)?\/.*)$/.test(name)) return [];
    return [`imports ${name}: domain/ imports only itself`];
  });
};

/** `config.ts` is the only reader of the environment: of a deployable, and of the test equipment; other libraries have none. */
export const environmentInConfig: Rule = (source) => {
  const { kind, folder } = placeOf(source.path);
  if (OUTSIDE.includes(kind) || isSpec(source.path)) return [];
  const mayRead = DEPLOYABLE.includes(kind) || folder === TEST_EQUIPMENT;
  if (mayRead && /\/src\/((query|aggregation|gatekeeper)\/)?config\.ts$/.test(source.path)) return [];
  return /\bprocess\s*\.\s*env\b|\bprocess\s*\[\s*['"]env['"]/.test(withoutComments(source.text))
    ? ['reads process.env outside config.ts']
    : [];
};

export const noDefaultExports: Rule = ({ text }) =>
  /^\s*export\s+default\b|^\s*export\s*\{[^}]*\bas\s+default\b/m.test(text) ? ['has a default export'] : [];

export const fileLength: Rule = ({ text }) => {
  const lines = text.replace(/\n$/, '').split('\n').length;
  return lines > MAX_LINES ? [`has ${lines} lines, more than ${MAX_LINES}`] : [];
};

/** The broker's client sits behind a port, so that a swap is one folder. */
export const kafkaBehindPort: Rule = (source) => {
  const { kind, folder } = placeOf(source.path);
  if (folder === 'libs/kafka' || folder === TEST_EQUIPMENT || OUTSIDE.includes(kind)) return [];
  return importsOf(source).some((name) => name === 'kafkajs' || name.startsWith('@platformatic/kafka'))
    ? ['imports kafkajs: only libs/kafka may']
    : [];
};

/** The consumer host decides about retries: Nest's own filter for microservices would swallow the handler's error. */
export const consumersRethrow: Rule = ({ path, text }) =>
  path.startsWith('services/') && /@EventPattern\(/.test(text) && !/@UseFilters\(RethrowFilter\)/.test(text)
    ? ['has an @EventPattern without @UseFilters(RethrowFilter)']
    : [];

/** A random test takes the seed that it is given: `./souk test --seed` sets SOUK_SEED. */
export const replayableSeeds: Rule = ({ path, text }) =>
  isSpec(path) && /\bseed\s*=[^;]*\b(Date\.now|Math\.random)\(/i.test(text) && !text.includes('SOUK_SEED')
    ? ['chooses a seed without looking at SOUK_SEED']
    : [];

/** What runs in the shop never needs test equipment. */
export const testEquipmentInTestsOnly: Rule = (source) => {
  const { kind, folder } = placeOf(source.path);
  if (folder === TEST_EQUIPMENT || OUTSIDE.includes(kind) || isSpec(source.path)) return [];
  return importsOf(source).includes('@souk/testing') ? ['imports @souk/testing outside a test'] : [];
};

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/.*$/gm, '');
}
