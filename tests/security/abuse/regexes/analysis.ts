import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fetched, outcomeOf } from '../fetched-tool.ts';
import type { OurRegex } from './our-regexes.ts';

const ANALYSER = join(import.meta.dirname, 'analyser');
const FETCH_MS = 120_000;
const RUN_MS = 200_000;
const NPM = ['ci', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'];

/** What recheck says of one expression. */
export interface Analysis {
  readonly status: 'safe' | 'vulnerable' | 'unknown';
  readonly complexity?: string;
  /** Of a text that it takes long for: each pump any number of times. */
  readonly pumps?: readonly { readonly prefix: string; readonly pump: string }[];
  readonly suffix?: string;
}

/** recheck in its JavaScript form, from npm as its lock file pins it. @throws Error that says what is missing */
export const fetchAnalyser = (): Promise<string> =>
  fetched({
    name: 'recheck',
    pinnedBy: join(ANALYSER, 'package-lock.json'),
    fetch: (dir) => {
      cpSync(ANALYSER, dir, { recursive: true });
      return { command: 'npm', args: NPM, cwd: dir, timeoutMs: FETCH_MS };
    },
    needs: 'npm, and a way to its registry',
  });

/** In the order of the expressions. */
export async function analyse(analyser: string, regexes: readonly OurRegex[]): Promise<Analysis[]> {
  const { code, stdout, stderr } = await outcomeOf({
    command: process.execPath,
    args: [join(analyser, 'analyse.mjs'), analyser],
    stdin: JSON.stringify(regexes.map(({ source, flags }) => ({ source, flags }))),
    timeoutMs: RUN_MS,
  });
  if (code !== 0) throw new Error(`the analyser ended with ${code}: ${stderr.slice(-1_000)}`);
  return JSON.parse(stdout) as Analysis[];
}

/** The text that the analyser warns of, `length` characters of it and its end. */
export function worstText({ pumps = [], suffix = '' }: Analysis, length: number): string {
  const each = length / Math.max(1, pumps.length);
  const pumped = pumps.map(({ prefix, pump }) => prefix + pump.repeat(Math.ceil(each / Math.max(1, pump.length))));
  return pumped.join('').slice(0, length) + suffix;
}
