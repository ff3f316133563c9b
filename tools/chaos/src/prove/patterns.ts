import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { CliError } from '../../../cli/src/errors.ts';
import { REPO_ROOT } from '../../../cli/src/home.ts';
import type { ExperimentFile } from '../experiment/experiment.ts';

const FILE = 'config/patterns.yaml';

/** How a pattern is shown to matter: the experiment that passes with it and must fail without it. */
export const provenPattern = z.strictObject({
  /** Its page, from the root of the checkout. */
  page: z.string().regex(/^docs\/patterns\/[a-z-]+\.md$/),
  /** Folder below chaos/. */
  experiment: z.string().regex(/^[a-z0-9-]+$/),
  /** What takes it away: variants of these processes. */
  off: z.strictObject({ variants: z.array(z.string()).min(1), on: z.array(z.string()).min(1) }),
  /** What must flip: the `that` of an expectation of the experiment, or the id of an invariant. */
  deciding: z.string().min(2),
});
export type PatternFile = z.infer<typeof provenPattern>;

export interface ProvenPattern extends PatternFile {
  readonly name: string;
}

const INVARIANT = /^(I\d+(-[a-z]+)?|leader|parked)$/;

/** @throws CliError that names the line where the file is not what it should be */
export function readPatterns(text = readFileSync(join(REPO_ROOT, FILE), 'utf8')): ProvenPattern[] {
  const read = z.record(z.string(), provenPattern).safeParse(parse(text));
  if (read.success) return Object.entries(read.data).map(([name, pattern]) => ({ name, ...pattern }));
  throw new CliError(`${FILE} cannot be read`, z.prettifyError(read.error), `correct ${FILE}`);
}

/** @throws CliError where one of the names is no pattern's, or none is given */
export function choosePatterns(all: readonly ProvenPattern[], names: readonly string[]): ProvenPattern[] {
  const known = all.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined && names.length > 0) return all.filter(({ name }) => names.includes(name));
  const what = unknown === undefined ? 'no pattern was named' : `there is no pattern ${unknown} to prove`;
  throw new CliError(what, `${FILE} has ${known.join(', ')}`, './souk prove circuit-breaker, or ./souk prove --all');
}

/** `breaker-off on gateway`. */
export const switchOf = ({ off }: Pick<ProvenPattern, 'off'>): string =>
  `${off.variants.join(', ')} on ${off.on.join(', ')}`;

export const isInvariant = (deciding: string): boolean => INVARIANT.test(deciding);

/** @throws CliError where nothing in the experiment could flip: the proof would never hold */
export function requireDeciding({ name, deciding }: ProvenPattern, experiment: ExperimentFile): void {
  const said = [...experiment.during, ...experiment.after].map(({ that }) => that);
  const checked = experiment.invariants;
  const isChecked =
    isInvariant(deciding) && (checked === undefined || checked.some((id) => deciding === id || isPartOf(deciding, id)));
  if (said.includes(deciding) || isChecked) return;
  throw new CliError(
    `what decides about ${name} is not in its experiment`,
    `'${deciding}' is none of: ${said.join(' | ')}`,
    `correct 'deciding' in ${FILE}`,
  );
}

/** I11-sent is part of I11. */
export const isPartOf = (id: string, whole: string): boolean => id.startsWith(`${whole}-`);
