import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from './sources.ts';
import { readText } from './supply-chain.ts';

const STRIDE = ['S', 'T', 'R', 'I', 'D', 'E'];

interface Threat {
  readonly letter: string;
  readonly answer: string;
  readonly proof: string;
}

/** Of a page with a section `###` and a table for each element. */
function threatsIn(page: string): Map<string, Threat[]> {
  const sections = page.split(/^### /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [name = '', ...lines] = section.split(/^## /m)[0]?.split('\n') ?? [];
      const rows = lines.filter((line) => line.startsWith('|')).slice(2);
      const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()));
      return [name, cells.map(([, letter = '', , answer = '', proof = '']) => ({ letter, answer, proof }))];
    }),
  );
}

/** Paths of a proof; of an accepted risk none, if it says why. */
function proofProblems({ proof }: Threat, text: (path: string) => string | undefined): string[] {
  if (/^accepted: .{20,}$/.test(proof)) return [];
  const links = [...proof.matchAll(/(?:([A-Z]{2,3}-\d+) in )?\[[^\]]+\]\(([^)]+)\)/g)];
  if (links.length === 0) return [`no proof: ${proof}`];
  return links.flatMap(([, id, path = '']) => {
    const found = text(path);
    if (found === undefined) return [`${path} is not there`];
    return id === undefined || new RegExp(`\\b${id}\\b`).test(found) ? [] : [`${path} has no ${id}`];
  });
}

const textOf = (path: string): string | undefined => (existsSync(join(ROOT, path)) ? readText(path) : undefined);

describe('SECURITY.md', () => {
  const elements = threatsIn(readText('SECURITY.md'));
  const all = [...elements.values()].flat();

  it('has a section for everything that runs', () => {
    const named = [...elements.keys()].join(' ');
    const running = ['gateway', 'gatekeeper', 'identity', 'catalog', 'inventory', 'order', 'order-query'];
    const beside = [
      'recommendation',
      'ambassador',
      'Kafka',
      'stores',
      'Valkey',
      'management',
      'command line',
      'charts',
    ];
    expect([...running, ...beside].filter((name) => !named.includes(name))).toEqual([]);
  });

  it.each([...elements])('%s has every letter of STRIDE', (_name, threats) =>
    expect(threats.map(({ letter }) => letter)).toEqual(STRIDE),
  );

  it('names a proof that is there for each answer, or why there is none', () => {
    expect(all.flatMap((threat) => proofProblems(threat, textOf))).toEqual([]);
    expect(all.filter(({ answer }) => answer.length < 10)).toEqual([]);
  });

  it('accepts few risks', () => expect(all.filter(({ proof }) => proof.startsWith('accepted')).length).toBeLessThan(7));

  it('would be refused with a proof that is gone', () => {
    const check = (proof: string): string[] => proofProblems({ letter: 'S', answer: '', proof }, textOf);
    expect(check('[x](tests/architecture/gone.spec.ts)')).toHaveLength(1);
    expect(check('OFF-9 in [x](gateway/src/identity/sessions.int.spec.ts)')).toHaveLength(1);
    expect(check('we thought about it')).toHaveLength(1);
    expect(check('accepted: no')).toHaveLength(1);
    expect(check('[x](SECURITY.md)')).toEqual([]);
  });
});
