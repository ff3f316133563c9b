import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidArgumentError, type Command } from 'commander';
import { CliError } from '../errors.ts';
import { REPO_ROOT } from '../home.ts';
import { openInstance } from '../instance.ts';
import { runToExit } from '../output.ts';
import { benchResult, renderFigure, type Benchmark, type Figure } from '../shop/benchmark.ts';
import { contextOf, shopContext } from '../shop/context.ts';
import { soukCommand } from '../souk-command.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

const FOLDER = join(REPO_ROOT, 'bench');
const SUFFIX = '.bench.ts';

interface Options extends InstanceOptions {
  rate: number;
  seconds: number;
  quick: boolean;
}

export function command(): Command {
  return instanceCommand()
    .argument('[name]', `one of ${benchNames().join(', ')}; default: all of them`)
    .option('--rate <n>', 'orders a second', positive, 20)
    .option('--seconds <n>', 'how long to measure', positive, 20)
    .option('--quick', 'a look: shorter rounds, figures that stand for nothing', false)
    .action((name: string | undefined, options: Options) => runToExit(options.json, () => bench(name, options)));
}

async function bench(
  name: string | undefined,
  { instance, rate, seconds, quick, json }: Options,
): Promise<ReturnType<typeof benchResult>> {
  const names = benchNames();
  if (name !== undefined && !names.includes(name)) {
    const fix = soukCommand(instance, `bench ${names[0]}`);
    throw new CliError(`there is no benchmark '${name}'`, `bench/ has ${names.join(', ')}`, fix);
  }
  const say = json ? (line: string) => console.error(line) : (line: string) => console.log(line);
  const figures: Figure[] = [];
  for (const one of name === undefined ? names : [name]) {
    const { benchmark } = await load(one);
    say(`${one}: ${benchmark.summary}`);
    const ctx = benchmark.isAlone ? contextOf(openInstance(instance), {}) : shopContext(instance);
    const measured = await benchmark.run(ctx, { rate, seconds, quick, say: (line) => say(`  … ${line}`) });
    for (const figure of measured) say(renderFigure(figure));
    figures.push(...measured);
  }
  const result = benchResult(figures, quick);
  if (result.missed.length > 0) say(`gates missed: ${result.missed.join(', ')}`);
  return result;
}

function benchNames(): string[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(SUFFIX));
  return files.map((file) => file.slice(0, -SUFFIX.length)).sort();
}

/** Benchmarks live outside the CLI's folder, hence found by path and not by an import statement. */
async function load(name: string): Promise<{ benchmark: Benchmark }> {
  return (await import(pathToFileURL(join(FOLDER, `${name}${SUFFIX}`)).href)) as { benchmark: Benchmark };
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('a number above zero is expected.');
}
