import { styleText } from 'node:util';
import type { DeadLetter, DeadLetterDetails, DeadLetterList } from '@souk/contracts';
import type { Settled, SettledAll } from './dead-letters.ts';

/** The list for people: two lines a letter, then who did not answer. */
export function renderList({ items, total, missing }: DeadLetterList): string[] {
  const silent = renderMissing(missing, 'are not here');
  if (items.length === 0) {
    return [silent.length === 0 ? '  no dead letters' : '  no dead letters of those who answered', ...silent];
  }
  const more = total > items.length ? [`  … and ${total - items.length} more`] : [];
  return [...items.flatMap(renderLetter), ...more, ...silent];
}

const renderMissing = (missing: DeadLetterList['missing'], what: string): string[] =>
  missing.map(
    ({ service, reason }) => `  ${styleText('yellow', '!')} ${service} did not answer (${reason}): its letters ${what}`,
  );

/** What a person has to know after the letters were settled: nothing at all was there, or not everything is done. */
export function renderLeft({ results, missing, left }: SettledAll): string[] {
  const silent = renderMissing(missing, 'are as they were');
  const nothing =
    results.length > 0 ? [] : [silent.length === 0 ? '  no dead letters' : '  no dead letters of those who answered'];
  const more =
    left === 0 ? [] : [`  ${styleText('red', '✖')} ${left} more are as they were: those before them stay dead`];
  return [...nothing, ...more, ...silent];
}

function renderLetter(letter: DeadLetter): string[] {
  const { id, service, type, key, cause, attempts, lastAt, waiting } = letter;
  const behind = waiting === 0 ? '' : `, ${messages(waiting)} behind it`;
  return [
    `  ${styleText('red', '✖')} ${id}  ${service}  ${type ?? 'no type'}  key ${key === '' ? '–' : key}${behind}`,
    `      ${cause} (${attempts === 1 ? 'once' : `${attempts} times`}, last at ${lastAt})`,
  ];
}

export function renderDetails(letter: DeadLetterDetails): string[] {
  const { headers, value, encoding } = letter;
  const bytes = encoding === 'utf8' ? value : `${value} (base64)`;
  return [
    ...renderLetter(letter),
    ...Object.entries(headers).map(([name, text]) => `      ${name}: ${text}`),
    `      ${bytes}`,
  ];
}

/** `2 messages` */
const messages = (count: number): string => (count === 1 ? '1 message' : `${count} messages`);

export function renderSettled({ id, outcome, action, applied, waiting, blockedBy }: Settled): string {
  const cause = blockedBy?.cause ?? '';
  switch (outcome) {
    case 'released':
      return `  ${styleText('green', '✔')} ${id} ${action === 'replay' ? 'replayed' : 'discarded'}; ${messages(applied)} handled, nothing waits any more`;
    case 'still-dead':
      return `  ${styleText('red', '✖')} ${id} is still dead: ${cause}; ${messages(waiting)} behind it`;
    case 'blocked':
      return `  ${styleText('red', '✖')} ${id} is gone, ${messages(applied)} handled; now ${blockedBy?.id} is dead: ${cause}; ${messages(waiting)} behind it`;
    case 'sent-again':
      return `  ${styleText('yellow', '…')} ${id} is sent to the broker again; it leaves the list when that takes it`;
    case 'gone':
      return `  ${styleText('yellow', '!')} ${id} is gone: somebody else has settled it`;
  }
}

/** Whether a person has to look again. */
export const isSettled = ({ outcome }: Settled): boolean => outcome !== 'still-dead' && outcome !== 'blocked';
