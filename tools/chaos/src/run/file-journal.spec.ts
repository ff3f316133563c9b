import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileJournal } from './file-journal.ts';

const start = (process: string) => ({ undo: 'start', with: { process }, says: `start ${process}` });

describe('the journal of a run', () => {
  let folder: string;
  let file: string;
  let undone: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'souk-journal-'));
    file = join(folder, 'deep', 'journal.jsonl');
    undone = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** As another process would find it. */
  const open = (failing?: string) =>
    new FileJournal(file, async ({ with: given }) => {
      if (given['process'] === failing) throw new Error('it will not');
      undone.push(String(given['process']));
    });

  it('has a change on disk before it is made', async () => {
    await open().part('a').before(start('kafka'));
    expect(readFileSync(file, 'utf8')).toContain('"says":"start kafka"');
    expect(open().entries.map(({ says }) => says)).toEqual(['start kafka']);
  });

  it('undoes the latest first, each once, and is gone then', async () => {
    const journal = open();
    for (const name of ['kafka', 'mongo', 'order']) await journal.part('a').before(start(name));
    await journal.undo();
    await journal.undo();
    expect(undone).toEqual(['order', 'mongo', 'kafka']);
    journal.close();
    expect(existsSync(file)).toBe(false);
  });

  it('is undone by whoever comes after a runner that died', async () => {
    const first = open();
    for (const name of ['kafka', 'mongo']) await first.part('a').before(start(name));
    await first.part('a').undo('2');
    const second = open();
    expect(second.entries.map(({ says }) => says)).toEqual(['start kafka']);
    await second.undo();
    expect(undone).toEqual(['mongo', 'kafka']);
    expect(open().entries).toEqual([]);
  });

  it('gives each part its own: what one undoes leaves the others in force', async () => {
    const journal = open();
    const [a, b] = [journal.part('a'), journal.part('b')];
    await a.before(start('kafka'));
    await b.before(start('mongo'));
    const since = await a.before(start('order'));
    await a.before(start('gateway'));
    await a.undo(since);
    expect(undone).toEqual(['gateway', 'order']);
    await a.undo('no such key');
    expect(undone).toHaveLength(2);
    await a.undo();
    expect([undone.at(-1), journal.entries.map(({ says }) => says)]).toEqual(['kafka', ['start mongo']]);
    await journal.undo((part) => part === 'a');
    expect(journal.entries).toHaveLength(1);
    await journal.undo((part) => part === 'b');
    expect([undone.at(-1), journal.entries]).toEqual(['mongo', []]);
  });

  it('goes on after one that cannot be undone, keeps it, and says so', async () => {
    const journal = open('mongo');
    for (const name of ['kafka', 'mongo', 'order']) await journal.part('a').before(start(name));
    await expect(journal.undo()).rejects.toThrow('"start mongo" failed: it will not');
    expect(undone).toEqual(['order', 'kafka']);
    expect(() => journal.close()).toThrow('still in force');
    await open().undo();
    expect(undone.at(-1)).toBe('mongo');
  });

  it('passes over a line that its writer could not finish, and loses none after it', async () => {
    await open().part('a').before(start('kafka'));
    appendFileSync(file, '{"key":"2","part":"a","un');
    const after = open();
    await after.part('a').before(start('mongo'));
    expect(open().entries.map(({ says }) => says)).toEqual(['start kafka', 'start mongo']);
  });

  it('never gives a key twice, whoever writes', async () => {
    const keys = [await open().part('a').before(start('kafka')), await open().part('a').before(start('mongo'))];
    expect(new Set(keys).size).toBe(2);
  });
});
