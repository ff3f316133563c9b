import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CliError } from '../../../cli/src/errors.ts';
import { experimentNames, readExperiment, readExperiments } from './read.ts';

const SOUND = `
title: Kafka is away
breaks: the only broker is down
expects: Orders wait.
patterns: [retry]
hold: 10s
inject:
  - { fault: process-stop, with: { process: kafka }, after: 500ms, lasts: 4s }
during:
  - { that: orders are taken, measure: success, visit: order, atLeast: 99, skip: 2s }
abort:
  - { that: visitors are served, measure: success, atLeast: 5 }
`;

describe('an experiment', () => {
  let root: string;
  beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'souk-chaos-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const write = (text: string, name = 'one'): void => {
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, name, 'experiment.yaml'), text);
  };
  const refusal = async (text: string): Promise<CliError> => {
    write(text);
    return readExperiment('one', root).then(
      () => {
        throw new Error('it was not refused');
      },
      (error: unknown) => error as CliError,
    );
  };

  it('is read with every name found and every time in milliseconds', async () => {
    write(SOUND);
    const plan = await readExperiment('one', root);
    expect(plan).toMatchObject({ name: 'one', baseline: 8_000, hold: 10_000, on: ['host', 'k8s'] });
    expect(plan.injections).toMatchObject([{ after: 500, lasts: 4_000, fault: { kind: 'process-stop' } }]);
    expect(plan.hypotheses).toMatchObject([
      { phase: 'before', measure: 'success', bound: { atLeast: 95 } },
      { phase: 'during', that: 'orders are taken', skip: 2_000, unit: '%', bound: { atLeast: 99 } },
      { phase: 'abort', bound: { atLeast: 5 } },
    ]);
  });

  it('looks before the fault at what it says, and at whether anybody is served where it says nothing', async () => {
    write(`${SOUND}before:\n  - { that: orders are taken, measure: success, visit: order, atLeast: 99 }\n`);
    const before = (await readExperiment('one', root)).hypotheses.filter(({ phase }) => phase === 'before');
    expect(before).toMatchObject([{ that: 'orders are taken', bound: { atLeast: 99 } }]);
  });

  it.each([
    ['title: Kafka is away', '', 'title'],
    ['hold: 10s', 'hold: 10', 'hold'],
    ['hold: 10s', 'hold: 4s', 'inject.0.after'],
    ['hold: 10s', 'holds: 10s', ''],
    ['fault: process-stop', 'fault: process-stopp', 'inject.0.fault'],
    ['process: kafka', 'proces: kafka', 'inject.0.with'],
    ['measure: success, visit', 'measure: sucess, visit', 'during.0.measure'],
    ['visit: order', 'visit: ordre', 'during.0.visit'],
    ['visit: order', 'visits: order', 'during.0'],
    ['atLeast: 99, ', '', 'during.0'],
    ['patterns: [retry]', 'patterns: [retri]', 'patterns.0'],
    ['patterns: [retry]', 'invariants: [I99]', 'invariants.0'],
  ])('is refused with its file and its field: %s → %s', async (right, wrong, field) => {
    const { message, why, fix } = await refusal(SOUND.replace(right, wrong));
    expect(message).toContain(`chaos/one/experiment.yaml: ${field}`);
    expect([why, fix].join().length).toBeGreaterThan(10);
  });

  it('says what would be right where a name is nearly so', async () => {
    expect((await refusal(SOUND.replace('process-stop', 'process-stopp'))).fix).toContain('process-stop');
    expect((await refusal(SOUND.replace('[retry]', '[retri]'))).fix).toContain('retry');
  });

  it('is refused where it is no YAML, and where there is none', async () => {
    expect((await refusal('a: [')).message).toBe('chaos/one/experiment.yaml is no YAML');
    await expect(readExperiment('two', root)).rejects.toThrow("no experiment 'two'");
  });

  it('may bring its own code', async () => {
    write(SOUND.replace('measure: success, visit: order', 'measure: mine'));
    const measure = "{ name: 'mine', unit: 's', parameters: z.object({}), figure: () => 1 }";
    const zod = import.meta.resolve('zod');
    writeFileSync(
      join(root, 'one', 'code.ts'),
      `import { z } from '${zod}';\nexport const code = { measures: [${measure}] };\n`,
    );
    const during = (await readExperiment('one', root)).hypotheses.find(({ phase }) => phase === 'during');
    expect(during).toMatchObject({ measure: 'mine', unit: 's' });
    const { message } = await refusal(SOUND.replace('measure: success, visit', 'measure: mine, visit'));
    expect(message).toContain('during.0');
    write(SOUND, 'two');
    writeFileSync(join(root, 'two', 'code.ts'), 'export const other = 1;\n');
    await expect(readExperiment('two', root)).rejects.toThrow("exports no 'code'");
  });

  it('is every folder that has one, by name', () => {
    for (const name of ['b', 'a']) write(SOUND, name);
    mkdirSync(join(root, 'none'));
    expect(experimentNames(root)).toEqual(['a', 'b']);
    expect(experimentNames(join(root, 'nowhere'))).toEqual([]);
  });

  it('of this checkout can be run, each of them', async () => {
    const plans = await readExperiments();
    expect(plans.map(({ name }) => name)).toEqual(experimentNames());
    expect(plans.length).toBeGreaterThan(5);
  });
});
