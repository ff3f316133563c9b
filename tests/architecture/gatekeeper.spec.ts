import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { importsOf } from './imports.ts';
import { ROOT } from './sources.ts';

const ENTRY = 'gateway/src/gatekeeper/main.ts';
/** Where business is done or data is reached. */
const OUT_OF_BOUNDS = /^gateway\/src\/(activity|admin|aggregation|guide|identity|resilience|throttling)\//;
const CLIENTS =
  /^(@souk\/(kafka|cache|mongo|messaging|saga|outbox|election)|pg|ioredis|mongodb|mongoose|kafkajs|rate-limiter-flexible)$/;

/** Everything that a file leads to at run time: its own package by path, others by name. */
function reach(entry: string, read = (path: string) => readFileSync(join(ROOT, path), 'utf8')) {
  const [files, packages] = [new Set<string>(), new Set<string>()];
  const visit = (path: string): void => {
    if (files.has(path)) return;
    files.add(path);
    const text = withoutTypes(read(path));
    for (const name of importsOf({ path, text }))
      if (name.startsWith('.')) visit(join(dirname(path), name).replace(/\.js$/, '.ts'));
      else packages.add(name);
  };
  visit(entry);
  return { files: [...files], packages: [...packages] };
}

/** What only the compiler sees. */
const withoutTypes = (text: string): string => text.replaceAll(/^import type [^;]*;$/gm, '');

const faults = ({ files, packages }: ReturnType<typeof reach>): string[] => [
  ...files.filter((file) => OUT_OF_BOUNDS.test(file)),
  ...packages.filter((name) => CLIENTS.test(name)),
];

describe('the gatekeeper in a process of its own', () => {
  it('GK-2 GK-5 reaches no business, no identity provider and no client of a store or broker', () => {
    const reached = reach(ENTRY);
    expect(existsSync(join(ROOT, ENTRY))).toBe(true);
    expect(reached.files).toEqual(
      expect.arrayContaining(['gateway/src/gatekeeper/door.ts', 'gateway/src/routing/gone.ts']),
    );
    expect(faults(reached)).toEqual([]);
  });

  it('GK-5 would be seen if it did', () => {
    const files: Record<string, string> = {
      'gateway/src/gatekeeper/main.ts': `import { a } from './door.js';\nimport type { T } from '../identity/sessions.js';`,
      'gateway/src/gatekeeper/door.ts': `import { b } from '../throttling/plan.js';\nimport {\n  Redis,\n} from 'ioredis';`,
      'gateway/src/throttling/plan.ts': '',
    };
    expect(faults(reach(ENTRY, (path) => files[path] ?? ''))).toEqual(['gateway/src/throttling/plan.ts', 'ioredis']);
  });

  it('GK-5 the gateway itself reaches all of that', () => {
    expect(faults(reach('gateway/src/main.ts')).length).toBeGreaterThan(20);
  });
});
