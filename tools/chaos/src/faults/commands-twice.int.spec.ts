import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createInstance, openInstance } from '../../../cli/src/instance.ts';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { Trial } from './injecting.mother.ts';
import { marked, markOf } from './marks.ts';
import { useOwnHome } from './own-home.mother.ts';

/** Ports of nobody: commands of a shop that was never started must not meet another one. */
const PORT_BASE = 10_600;
const WITHIN_MS = 15_000;
useOwnHome();

describe('commands-twice', () => {
  let trial: Trial;
  createInstance(openInstance('never-started', PORT_BASE));
  beforeEach(() => {
    trial = new Trial({ urls: {}, instance: 'never-started' });
  });
  afterEach(() => trial.heal());

  it('runs each command twice at once, and counts those that fail, with why', async () => {
    await trial.inject('commands-twice', { commands: ['rebuild'] });
    await trial.done();
    expect(Object.fromEntries(trial.counted)).toEqual({ 'commands.failed': 2, 'commands.run': 2 });
    const failures = trial.notes.filter((note) => note.startsWith('rebuild: '));
    expect(failures).toHaveLength(2);
    for (const failure of failures) expect(failure).toContain('order-query does not answer');
    expect(trial.waysBack.map(({ says }) => says)).toEqual(['end rebuild']);
  });

  it('is ended by whoever finds the journal of a dead runner', async () => {
    await trial.inject('commands-twice', { commands: ['rebuild'] });
    const mark = markOf('never-started', 'commands');
    await waitFor('both run', WITHIN_MS, async () => marked(mark).length >= 2);
    await trial.undo();
    expect(marked(mark)).toEqual([]);
    await trial.done();
  });

  it('is broken off with the fault, which counts as failed, and begins no other', async () => {
    await trial.inject('commands-twice', { commands: ['rebuild', 'migrate'] });
    await trial.heal();
    expect(Object.fromEntries(trial.counted)).toEqual({ 'commands.failed': 2, 'commands.run': 2 });
    expect(trial.notes.some((note) => note.startsWith('migrate: '))).toBe(false);
  });
});
