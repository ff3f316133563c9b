import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT, type SourceFile, sourceFiles, workspacePackages } from './sources.ts';

const SHOP = '{catalog,inventory,order,payment,recommendation}';
const EXPORT = /^export (?:const|type|interface|function|class) (\w+)/gm;
const IMPORT = /import (?:type )?\{([^}]*)\} from '@souk\/contracts';/g;
/** Cache and limits may be counted together by replicas; nothing else is kept anywhere. */
const STORES = /^(pg|pg-.*|mongodb|mongoose|kafkajs|@platformatic\/kafka|@souk\/(mongo|messaging|saga|election))$/;

/** What the shop deals in: everything that contracts say about products, stock, orders and payments. */
const nouns = new Set(
  globSync(`contracts/src/${SHOP}/*.ts`, { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(EXPORT)].map((match) => match[1] ?? ''),
  ),
);

/** Pages are made of products and stock; everything else at the door passes bytes on. */
function knowsTheShop({ path, text }: SourceFile): string[] {
  if (!/^gateway\/src\/(gatekeeper|identity|offloading|resilience|routing|throttling)\//.test(path)) return [];
  if (/\.(spec|mother)\.ts$/.test(path)) return [];
  const names = [...text.matchAll(IMPORT)].flatMap((match) => (match[1] ?? '').split(','));
  const known = names.map(
    (name) =>
      name
        .replace(/^\s*type\s/, '')
        .trim()
        .split(/\s+as\s+/)[0] ?? '',
  );
  return known.filter((name) => nouns.has(name)).map((name) => `${path} knows ${name}`);
}

describe('the gateway', () => {
  it('OFF-9 knows nothing of what the shop sells, pages aside', () => {
    expect(nouns.size).toBeGreaterThan(50);
    expect(sourceFiles().flatMap(knowsTheShop)).toEqual([]);
  });

  it('OFF-9 would be seen if it did', () => {
    const path = 'gateway/src/routing/proxy.ts';
    const text = `import { type RouteTable, type ProductState,\n  stockLevel as s } from '@souk/contracts';`;
    expect(knowsTheShop({ path, text })).toEqual([`${path} knows ProductState`, `${path} knows stockLevel`]);
    expect(knowsTheShop({ path: 'gateway/src/aggregation/x.ts', text })).toEqual([]);
  });

  it('OFF-9 has no store, no saga and no domain of its own', () => {
    const gateway = workspacePackages().find(({ folder }) => folder === 'gateway');
    expect(gateway?.dependencies.filter((name) => STORES.test(name))).toEqual([]);
    expect(['pg', 'mongoose', '@souk/saga'].filter((name) => STORES.test(name))).toHaveLength(3);
    expect(globSync('gateway/src/{domain,use-cases,persistence}', { cwd: ROOT })).toEqual([]);
  });
});
