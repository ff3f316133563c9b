import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { guide } from './guide.js';

const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
const tour = /^## Curl tour[\s\S]*?```sh\n([\s\S]*?)\n```/m.exec(readme)?.[1]?.split('\n') ?? [];

describe('the guide', () => {
  it('shows the tour of README.md, step by step, with the address of the caller', () => {
    const base = 'http://shop.example:81';
    const shown = guide(base).match(/(?<=^ {3})\S.*$/gm);
    expect(tour.length).toBeGreaterThan(10);
    expect(shown).toEqual(tour.map((line) => line.replaceAll('http://localhost:8080', base)));
  });
});
