import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { importsOf } from './imports.ts';
import {
  boundaries,
  consumersRethrow,
  environmentInConfig,
  fileLength,
  kafkaBehindPort,
  noDeepImports,
  noDefaultExports,
  pureDomain,
  replayableSeeds,
  testEquipmentInTestsOnly,
  type Rule,
} from './rules.ts';
import { ROOT, sourceFiles, workspacePackages } from './sources.ts';

const packages = workspacePackages();
const sources = sourceFiles();
const folderOf = (name: string) => packages.find((candidate) => candidate.name === name)?.folder;
const violations = (rule: Rule) => sources.flatMap((source) => rule(source).map((text) => `${source.path} ${text}`));
const check = (rule: Rule, path: string, text: string) => rule({ path, text });

describe('the sources that the rules look at', () => {
  it('include every kind of package', () => {
    const folders = [
      'contracts/',
      'libs/messaging/',
      'services/order/',
      'gateway/',
      'simulators/payment/',
      'tools/cli/',
    ];
    expect(folders.filter((folder) => !sources.some(({ path }) => path.startsWith(folder)))).toEqual([]);
  });
});

describe('package boundaries', () => {
  const rule = boundaries(folderOf);

  it('hold for every import', () => expect(violations(rule)).toEqual([]));

  it('hold for every dependency in package.json', () => {
    const asImports = packages.map(({ folder, dependencies }) => ({
      path: `${folder}/package.json`,
      text: dependencies.map((name) => `import '${name}';`).join('\n'),
    }));
    expect(asImports.flatMap((source) => rule(source).map((text) => `${source.path} ${text}`))).toEqual([]);
  });

  it('refuse a service that imports another, by name or by path', () => {
    expect(check(rule, 'services/order/src/a.ts', `import { x } from '@souk/inventory';`)).toHaveLength(1);
    expect(check(rule, 'services/order/src/a.ts', `import { x } from '../../inventory/src/b.js';`)).toHaveLength(1);
    expect(check(rule, 'gateway/src/a.ts', `import { x } from '@souk/order';`)).toHaveLength(1);
  });

  it('let tools read settings as the services do, and use no other library', () => {
    expect(check(rule, 'tools/cli/src/a.ts', `import { readScopes } from '@souk/config';`)).toEqual([]);
    expect(check(rule, 'tools/cli/src/a.ts', `import { x } from '@souk/http';`)).toHaveLength(1);
    expect(check(rule, 'libs/http/src/a.ts', `import { x } from '../../../tools/cli/src/b.ts';`)).toHaveLength(1);
  });

  it('refuse a library that knows the business, and anybody who imports a simulator', () => {
    expect(check(rule, 'libs/http/src/a.ts', `import type { Order } from '@souk/contracts';`)).toHaveLength(1);
    expect(check(rule, 'services/order/src/a.ts', `import { pay } from '@souk/payment';`)).toHaveLength(1);
    expect(check(rule, 'contracts/src/a.ts', `import { x } from '@souk/http';`)).toHaveLength(1);
  });

  it('let services use contracts and libraries', () => {
    expect(check(rule, 'services/order/src/a.ts', `import { x } from '@souk/contracts';`)).toEqual([]);
    expect(check(rule, 'services/order/src/a.ts', `import { x } from '@souk/messaging';`)).toEqual([]);
  });
});

describe('one public door a package', () => {
  it('holds', () => expect(violations(noDeepImports)).toEqual([]));

  it('refuses a deep import', () => {
    expect(check(noDeepImports, 'gateway/src/a.ts', `import { x } from '@souk/http/dist/x.js';`)).toHaveLength(1);
    expect(check(noDeepImports, 'gateway/src/a.ts', `export { x } from '../../libs/http/src/x.js';`)).toHaveLength(1);
  });
});

describe('a pure domain', () => {
  it('holds', () => expect(violations(pureDomain)).toEqual([]));

  it('is looked for in every service', () => {
    const services = packages.filter(({ folder }) => folder.startsWith('services/'));
    const without = services.filter(
      ({ folder }) => !sources.some(({ path }) => path.startsWith(`${folder}/src/domain/`)),
    );
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('refuses packages, node modules and other folders of the service', () => {
    const path = 'services/order/src/domain/order.ts';
    expect(check(pureDomain, path, `import { z } from 'zod';`)).toHaveLength(1);
    expect(check(pureDomain, path, `import { randomUUID } from 'node:crypto';`)).toHaveLength(1);
    expect(check(pureDomain, path, `import type { Row } from '../persistence/row.js';`)).toHaveLength(1);
    expect(check(pureDomain, path, `import { add } from './money.js';`)).toEqual([]);
  });
});

describe('the environment', () => {
  it('is read in config.ts only', () => expect(violations(environmentInConfig)).toEqual([]));

  it('is found wherever it is read', () => {
    expect(check(environmentInConfig, 'services/order/src/main.ts', `const p = process.env.PORT;`)).toHaveLength(1);
    expect(check(environmentInConfig, 'libs/http/src/a.ts', `const p = process.env['PORT'];`)).toHaveLength(1);
    expect(check(environmentInConfig, 'services/order/src/config.ts', `load(process.env)`)).toEqual([]);
    expect(check(environmentInConfig, 'libs/config/src/a.ts', `// never process.env`)).toEqual([]);
    expect(check(environmentInConfig, 'libs/testing/src/infra.ts', `f(process.env)`)).toHaveLength(1);
    expect(check(environmentInConfig, 'libs/http/src/config.ts', `f(process.env)`)).toHaveLength(1);
    expect(check(environmentInConfig, 'libs/testing/src/config.ts', `f(process.env)`)).toEqual([]);
  });
});

describe('style that a machine can see', () => {
  it('has no default exports', () => expect(violations(noDefaultExports)).toEqual([]));
  it('keeps files short', () => expect(violations(fileLength)).toEqual([]));
  it('keeps the Kafka client behind its port', () => expect(violations(kafkaBehindPort)).toEqual([]));

  it('keeps test equipment out of what runs', () => expect(violations(testEquipmentInTestsOnly)).toEqual([]));

  it('replays random tests by one seed', () => expect(violations(replayableSeeds)).toEqual([]));

  it('lets the consumer host see what a handler throws', () => expect(violations(consumersRethrow)).toEqual([]));

  it('gives every package a README', () => {
    const without = packages.filter(({ folder }) => !existsSync(join(ROOT, folder, 'README.md')));
    expect(without.map(({ folder }) => folder)).toEqual([]);
  });

  it('is seen in planted sources', () => {
    expect(check(noDefaultExports, 'gateway/src/a.ts', `export default class A {}`)).toHaveLength(1);
    expect(check(noDefaultExports, 'gateway/src/a.ts', `export { a as default };`)).toHaveLength(1);
    expect(check(fileLength, 'gateway/src/a.ts', 'x\n'.repeat(301))).toHaveLength(1);
    expect(check(fileLength, 'gateway/src/a.ts', 'x\n'.repeat(300))).toEqual([]);
    expect(check(kafkaBehindPort, 'services/order/src/a.ts', `import { Kafka } from 'kafkajs';`)).toHaveLength(1);
    expect(check(consumersRethrow, 'services/order/src/a.ts', `@EventPattern('x')`)).toHaveLength(1);
    expect(check(replayableSeeds, 'libs/saga/src/a.spec.ts', `const seed = ${'Date'}.now() % 9;`)).toHaveLength(1);
    expect(check(testEquipmentInTestsOnly, 'libs/http/src/a.ts', `import { x } from '@souk/testing';`)).toHaveLength(1);
    expect(check(testEquipmentInTestsOnly, 'libs/http/src/a.spec.ts', `import { x } from '@souk/testing';`)).toEqual(
      [],
    );
    expect(check(kafkaBehindPort, 'libs/kafka/src/a.ts', `import { Kafka } from 'kafkajs';`)).toEqual([]);
  });
});

describe('reading imports', () => {
  it('sees every form', () => {
    const text = [
      `import a from 'one';`,
      `import {\n  b,\n  c,\n} from "two";`,
      `import type { D } from './three.js';`,
      `import 'four';`,
      `export * from './five.js';`,
      `const e = await import('six');`,
      `const f = require('seven');`,
    ].join('\n');
    expect(importsOf({ path: 'gateway/src/a.ts', text })).toEqual([
      'one',
      'two',
      './three.js',
      'four',
      './five.js',
      'six',
      'seven',
    ]);
  });
});
