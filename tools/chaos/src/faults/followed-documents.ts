import { z } from 'zod';
import { documentOf } from '../../../cli/src/config/documents.ts';
import type { WayBack } from '../run/journal.ts';
import { bytesOf, fingerprint, FOLLOWED, inForce, put } from '../stores/followed-file.ts';
import type { Target } from '../target/target.ts';
import type { Injecting } from './fault.ts';
import { type Change, Overlaid } from './overlaid.ts';
import { type StoredUndo, undo } from './undo.ts';

export const documentName = z.enum(FOLLOWED);

const parameters = z.object({
  document: documentName,
  /** In base64; null where there was no file. */
  before: z.base64().nullable(),
  /** Of what was put there. What lies there now and is something else is none of ours. */
  wrote: z.string(),
});
type Parameters = z.output<typeof parameters>;

/** Puts bytes (none: takes the file away) in the place of a text that processes follow, and writes down how it was. */
export async function replaceDocument(
  { target, journal }: Pick<Injecting, 'target' | 'journal'>,
  document: string,
  bytes: Buffer | null,
): Promise<void> {
  const change = { before: (await bytesOf(target, document))?.toString('base64') ?? null, wrote: fingerprint(bytes) };
  await journal.before(restore(document, change));
  new Overlaid(target, document).push(change);
  await put(target, document, bytes);
}

const restore = (document: string, change: Change): WayBack => ({
  undo: 'restore-document',
  with: { document, ...change },
  says: `restore ${document}.yaml`,
});

export const DOCUMENT_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'restore-document': undo({ parameters, run: restoreDocument }),
};

async function restoreDocument(target: Target, { document, ...change }: Parameters): Promise<void> {
  const overlaid = new Overlaid(target, document);
  const found = overlaid.under(change);
  if (found !== undefined && fingerprint(await bytesOf(target, document)) === change.wrote)
    await putBack(target, document, found.before);
  overlaid.drop(change);
}

async function putBack(target: Target, document: string, before: string | null): Promise<void> {
  const { packaged } = documentOf(document);
  const bytes = Buffer.from(before ?? packaged, before === null ? 'utf8' : 'base64');
  await put(target, document, bytes);
  await inForce(target, document, bytes.toString('utf8'));
  // Who follows a file that goes away keeps what it has: only now.
  if (before === null) await put(target, document, null);
}
