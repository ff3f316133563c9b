import { describe, expect, it } from '@jest/globals';
import { stripVTControlCharacters } from 'node:util';
import type { Chapter } from './chapter.ts';
import type { DemoShop } from './demo-shop.ts';
import { goOn } from './pause.ts';
import { play } from './play.ts';
import { CHAPTERS } from './tour.ts';

const shop = {} as DemoShop;

function setUp() {
  const lines: string[] = [];
  const interrupted = new AbortController();
  const options = {
    pause: goOn,
    signal: interrupted.signal,
    print: (line: string) => void lines.push(stripVTControlCharacters(line)),
  };
  return { lines, interrupted, options };
}

const chapter = (id: string, act: () => void = () => undefined): Chapter => ({
  id,
  title: `Title of ${id}`,
  about: ['What is seen.', 'Why it is so.'],
  play: async ({ say, run }) => {
    run(`./souk ${id}`);
    act();
    say(`${id} happened`);
    return { fact: id };
  },
});

describe('the tour', () => {
  it('explains each chapter in two lines, shows what it runs and what happened', async () => {
    const { lines, options } = setUp();
    const played = await play([chapter('one'), chapter('two')], shop, options);
    expect(played).toEqual([
      { id: 'one', fact: 'one', ms: expect.any(Number) },
      { id: 'two', fact: 'two', ms: expect.any(Number) },
    ]);
    expect(lines.slice(0, 7)).toEqual([
      '',
      '1/2  Title of one',
      '   What is seen.',
      '   Why it is so.',
      '   $ ./souk one',
      '     one happened',
      expect.stringMatching(/^ {3}✔ Title of one \d+\.\d s$/),
    ]);
  });

  it('waits before each chapter, and ends where it may not go on', async () => {
    const { lines, options } = setUp();
    const pauses = [true, false];
    const pause = async () => pauses.shift() ?? true;
    const played = await play([chapter('one'), chapter('two'), chapter('three')], shop, { ...options, pause });
    expect(played.map(({ id }) => id)).toEqual(['one']);
    expect(lines.some((line) => line.includes('two happened'))).toBe(false);
  });

  it('finishes the chapter under way when it is interrupted, and begins no other', async () => {
    const { interrupted, options } = setUp();
    const chapters = [chapter('one'), chapter('two', () => interrupted.abort()), chapter('three')];
    expect((await play(chapters, shop, options)).map(({ id }) => id)).toEqual(['one', 'two']);
  });

  it('fails with the chapter that fails', async () => {
    const { options } = setUp();
    const broken = chapter('one', () => {
      throw new Error('the shop did something else');
    });
    await expect(play([broken], shop, options)).rejects.toThrow('something else');
  });
});

describe('the chapters', () => {
  it('have names of their own and lines that fit a terminal', () => {
    expect(new Set(CHAPTERS.map(({ id }) => id)).size).toBe(CHAPTERS.length);
    for (const { about } of CHAPTERS) for (const line of about) expect(line.length).toBeLessThanOrEqual(130);
  });

  it('end with the ledgers, after everything that could have broken them', () => {
    expect(CHAPTERS.at(-1)?.id).toBe('audit');
  });
});
