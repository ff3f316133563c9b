import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPO_ROOT } from '../../../tools/cli/src/home.ts';

/** A failpoint as it stands in the code. */
export interface DeclaredPoint {
  readonly name: string;
  readonly description: string;
  /** From the root of the repository. */
  readonly file: string;
}

const FOLDERS = ['libs', 'services', 'simulators', 'sidecars', 'gateway'];
const SKIPPED = /(^|\/)(node_modules|dist)\/|\.(spec|fixture|mother)\.ts$|^libs\/failpoints\//;
const DECLARATION = /definePoint\(\s*'([^']+)',\s*(['"])(.*?)\2,?\s*\)/g;

/** Every point that the code declares, those of naive variants included, by name. */
export function declaredPoints(): DeclaredPoint[] {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(REPO_ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !SKIPPED.test(file))
    .flatMap(pointsIn)
    .sort((a, b) => a.name.localeCompare(b.name));
}

function pointsIn(file: string): DeclaredPoint[] {
  const text = readFileSync(join(REPO_ROOT, file), 'utf8');
  return [...text.matchAll(DECLARATION)].map(([, name = '', , description = '']) => ({ name, description, file }));
}
