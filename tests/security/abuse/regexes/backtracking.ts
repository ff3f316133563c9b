import type { AttackReport } from '../report.ts';
import { type Analysis, worstText } from './analysis.ts';
import type { OurRegex } from './our-regexes.ts';

const LENGTH = 50 * 1_024;
/** One match may take so long; three tries, because a busy machine is no regular expression. */
const LIMIT_MS = 50;
const TRIES = 3;
const PARTS = [
  'a',
  'A',
  '0',
  'f',
  ' ',
  '\t',
  '\n',
  '-',
  '.',
  '/',
  '%',
  ',',
  ':',
  ';',
  '=',
  '"',
  '\\',
  '_',
  '+',
  '*',
  '?',
  '[',
  '{',
  'a.',
  'a-',
  'a ',
  '0.',
  '%2',
  '../',
  'a=b;',
  '1,',
  'é',
  '\ud800',
];
const ENDS = ['', '!', '\n'];

/** Long texts of one part over and over, with an end that spoils the match. */
export const attackTexts = (): string[] =>
  PARTS.flatMap((part) => ENDS.map((end) => part.repeat(Math.ceil(LENGTH / part.length)).slice(0, LENGTH) + end));

/** The text that it takes longest for; milliseconds of the fastest of some tries. */
export function slowest(regex: RegExp, texts: readonly string[]): { ms: number; text: string } {
  let worst = { ms: 0, text: '' };
  for (const text of texts) {
    let ms = Infinity;
    for (let tries = 0; tries < TRIES && ms > LIMIT_MS; tries++) ms = Math.min(ms, timeOf(regex, text));
    if (ms > worst.ms) worst = { ms, text };
  }
  return worst;
}

function timeOf(regex: RegExp, text: string): number {
  const started = performance.now();
  // A global one would go on where it was.
  regex.lastIndex = 0;
  regex.test(text);
  return performance.now() - started;
}

/** What the expressions do with long texts, and with the one that the analyser warns of. */
export function tryRegexes(regexes: readonly OurRegex[], analyses: readonly Analysis[]): AttackReport {
  const texts = attackTexts();
  const findings = regexes.flatMap(({ where, source, flags }, index) => {
    const analysis = analyses[index] ?? { status: 'unknown' };
    const name = `${where} /${source}/${flags}`;
    // Bounded by nothing that could be measured here.
    if (analysis.complexity === 'exponential') return [`${name} is exponential`];
    const own = analysis.status === 'vulnerable' ? [...texts, worstText(analysis, LENGTH)] : texts;
    const { ms, text } = slowest(new RegExp(source, flags), own);
    return ms > LIMIT_MS ? [`${name} takes ${Math.round(ms)} ms for ${JSON.stringify(text.slice(0, 20))}…`] : [];
  });
  return { inputs: regexes.length * texts.length, findings };
}
