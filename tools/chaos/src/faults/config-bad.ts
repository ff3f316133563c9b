import { z } from 'zod';
import { refusalOf, textOf } from '../stores/followed-file.ts';
import type { Fault, Injecting } from './fault.ts';
import { documentName, replaceDocument } from './followed-documents.ts';
import { paused } from './repeat.ts';

const WAYS = ['garbage', 'unknown-key', 'wrong-type', 'cut-off', 'missing'] as const;

type Way = (typeof WAYS)[number];
const LOOK_EVERY_MS = 500;

const parameters = z.strictObject({
  document: documentName,
  /** What becomes of the text. */
  becomes: z.enum(WAYS).default('garbage'),
  /** Stands there instead, as it is. */
  text: z.string().max(100_000).optional(),
});
type Parameters = z.output<typeof parameters>;

const SAYS: Readonly<Record<Way, string>> = {
  garbage: 'bytes that are no text',
  'unknown-key': 'a misspelt key',
  'wrong-type': 'a word in the place of a table',
  'cut-off': 'the first half of it',
  missing: 'nothing: the file is gone',
};

/** What an operator's slip or a broken deployment puts in the file that a process follows. `own.config.refused` is 1 once one says so. */
export const configBad: Fault<Parameters> = {
  kind: 'config-bad',
  summary: 'the settings or routes that a process follows become something that it must not take over',
  on: ['host', 'k8s'],
  parameters,
  says: ({ document, becomes, text }) => `${document}.yaml is now ${text === undefined ? SAYS[becomes] : `"${text}"`}`,
  async inject(injecting, { document, becomes, text }) {
    const bytes = text === undefined ? spoilt(await textOf(injecting.target, document), becomes) : Buffer.from(text);
    await replaceDocument(injecting, document, bytes);
    injecting.note(`${document}.yaml is spoilt`);
    injecting.background(isRefused(injecting, document));
  },
};

/** Until a process that follows it says what is wrong, or the fault is over. */
async function isRefused({ target, until, count, note }: Injecting, document: string): Promise<void> {
  while (await paused(LOOK_EVERY_MS, until)) {
    const refusal = await refusalOf(target, document).catch(() => undefined);
    if (refusal === undefined) continue;
    count('config.refused');
    return note(`${document}.yaml is refused: ${refusal}`);
  }
}

/** Each is refused whole by a process that checks what it reads. */
export function spoilt(text: string, way: Way): Buffer | null {
  switch (way) {
    case 'garbage':
      return Buffer.from([0x00, 0xff, 0xfe, 0x7b, 0x3a, 0x0a, 0x80]);
    case 'unknown-key':
      return Buffer.from(`${text}\nreadOnlyy: true\n`);
    case 'wrong-type':
      return Buffer.from('perhaps\n');
    case 'cut-off':
      return Buffer.from(`${text.slice(0, text.length / 2)}\n{ [`);
    case 'missing':
      return null;
  }
}
