import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { CliError } from '../../../cli/src/errors.ts';
import { REPO_ROOT } from '../../../cli/src/home.ts';
import { loadCode } from './code.ts';
import { experiment } from './experiment.ts';
import { Mistake, mistakeOf, planOf, type Plan } from './plan.ts';

const FOLDER = join(REPO_ROOT, 'chaos');
const FILE = 'experiment.yaml';
const PAGES = join(REPO_ROOT, 'docs', 'patterns');

/** Names of all experiments: the folders that have an experiment.yaml. */
export function experimentNames(root = FOLDER): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => existsSync(join(root, name, FILE)))
    .sort();
}

export const experimentFolders = (root = FOLDER): string[] => experimentNames(root).map((name) => join(root, name));

/** All of them, by name. @throws CliError for the first one that cannot be run */
export const readExperiments = (root = FOLDER): Promise<Plan[]> =>
  Promise.all(experimentNames(root).map((name) => readExperiment(name, root)));

/** @throws CliError with file, field and what to do where there is none of this name, or it cannot be run */
export async function readExperiment(name: string, root = FOLDER): Promise<Plan> {
  const names = experimentNames(root);
  if (!names.includes(name)) {
    const near = names.filter((one) => one.slice(0, 4) === name.slice(0, 4));
    const fix = near.length > 0 ? `like it are ${near.join(', ')}` : './souk chaos list shows all of them';
    throw new CliError(`there is no experiment '${name}'`, `chaos/${name}/${FILE} is not there`, fix);
  }
  const folder = join(root, name);
  try {
    const read = experiment.safeParse(parse(readFileSync(join(folder, FILE), 'utf8')));
    if (!read.success) throw mistakeOf(read.error);
    return planOf({ ...read.data, name, folder }, await loadCode(folder), patternPages());
  } catch (error) {
    throw refusal(name, error);
  }
}

function refusal(name: string, error: unknown): unknown {
  const file = `chaos/${name}/${FILE}`;
  if (error instanceof Mistake) return new CliError(`${file}: ${error.field}`, error.message, error.fix);
  if (error instanceof YAMLParseError) return new CliError(`${file} is no YAML`, error.message, 'correct the line');
  return error;
}

/** Names of the pages of docs/patterns. */
export const patternPages = (folder = PAGES): string[] =>
  readdirSync(folder).flatMap((file) => (file.endsWith('.md') && file !== 'README.md' ? [file.slice(0, -3)] : []));
