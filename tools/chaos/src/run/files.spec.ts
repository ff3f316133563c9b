import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import type { Experiment } from '../experiment/experiment.ts';
import { observationsOf, pastRun, pastRuns, runFolder, writeRun } from './files.ts';
import { anAnswer, seen } from './observations.mother.ts';
import type { Verdict } from './verdict.ts';

function anInstance() {
  const dir = mkdtempSync(join(tmpdir(), 'souk-files-'));
  mkdirSync(join(dir, 'kafka-down'));
  writeFileSync(join(dir, 'kafka-down', 'experiment.yaml'), 'title: x');
  const run = (name: string, time: string): string => {
    const experiment = { name, folder: join(dir, 'kafka-down') } as Experiment;
    const folder = runFolder({ dir }, experiment, new Date(`2026-11-21T${time}Z`));
    writeRun(folder, { experiment: name, startedAt: time } as Verdict, seen({ answers: [anAnswer(1)] }));
    return basename(folder);
  };
  return { dir, name: 'default', run };
}

describe('what is kept of runs', () => {
  it('lies in a folder by time and name, with the experiment as it was', () => {
    const { dir, run } = anInstance();
    expect(run('kafka-down', '18:20:05')).toBe('2026-11-21T18-20-05-kafka-down');
    expect(existsSync(join(dir, 'chaos', '2026-11-21T18-20-05-kafka-down', 'experiment.yaml'))).toBe(true);
  });

  it('is found: the last one, the last of an experiment, the one of a folder', () => {
    const instance = anInstance();
    const first = instance.run('kafka-down', '18:20:05');
    instance.run('kafka-down', '18:30:05');
    const last = instance.run('mongo-away', '18:40:05');
    const found = (name?: string) => basename(pastRun(instance, name).folder);
    expect([found(), found('kafka-down'), found(first)]).toEqual([last, '2026-11-21T18-30-05-kafka-down', first]);
    expect(observationsOf(pastRun(instance)).answers).toEqual([anAnswer(1)]);
    expect(() => pastRun(instance, 'nothing')).toThrow('no run of nothing');
  });

  it('counts only where it came to a verdict', () => {
    const instance = anInstance();
    expect(pastRuns(instance)).toEqual([]);
    mkdirSync(join(instance.dir, 'chaos', '2026-11-21T18-50-05-kafka-down'), { recursive: true });
    expect(pastRuns(instance)).toEqual([]);
    expect(() => pastRun(instance)).toThrow('no run yet');
  });

  it('is left out, with a word, where its verdict cannot be read', () => {
    const instance = anInstance();
    const cut = instance.run('kafka-down', '18:20:05');
    instance.run('mongo-away', '18:40:05');
    writeFileSync(join(instance.dir, 'chaos', cut, 'verdict.json'), '{ "experiment": "kaf');
    const word = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(pastRuns(instance).map(({ verdict }) => verdict.experiment)).toEqual(['mongo-away']);
    expect(word).toHaveBeenCalledWith(expect.stringContaining(join(cut, 'verdict.json')));
    word.mockRestore();
  });

  it('has no draft beside it', () => {
    const instance = anInstance();
    const folder = join(instance.dir, 'chaos', instance.run('kafka-down', '18:20:05'));
    expect(readdirSync(folder).sort()).toEqual(['experiment.yaml', 'observations.json', 'verdict.json']);
  });
});
