import { loadCode } from '../experiment/code.ts';
import { experimentFolders } from '../experiment/read.ts';
import type { StoredUndo } from '../faults/undo.ts';
import { undoOf } from '../faults/undos.ts';
import type { OpenSite, Site } from '../target/site.ts';
import type { Target } from '../target/target.ts';
import { FileJournal } from './file-journal.ts';
import type { WayBack } from './journal.ts';
import { journalFile } from './lock.ts';

/** Who hears of it while a journal is undone. */
export interface Hearing {
  readonly undone?: (wayBack: WayBack) => void;
  /** Told before it is undone: what was put there is not there any more. */
  readonly gone?: (wayBack: WayBack) => void;
}

/** The journal of a shop, whose ways back are those of the harness and of the code of experiments. */
export function journalOf(site: Pick<Site, 'dir'>, target: () => Target, { undone, gone }: Hearing = {}): FileJournal {
  // The same change may have been made by two faults; the first way back undoes it, and all that had been written down by then.
  const undoneUpTo = new Map<string, number>();
  const journal = new FileJournal(
    journalFile(site),
    async (entry) => {
      const { undo, with: given } = entry;
      const same = JSON.stringify([undo, given]);
      const known = await wayBack(undo);
      const { last } = journal;
      const isUndone = Number(entry.key) <= (undoneUpTo.get(same) ?? 0);
      if (gone !== undefined && !isUndone && !(await known.stands(target(), given))) gone(entry);
      await known.run(target(), given);
      undoneUpTo.set(same, last);
    },
    undone,
  );
  return journal;
}

/** Undoes what a runner that is dead has left in force. @returns what was undone, in its order */
export async function undoStale(site: Site): Promise<string[]> {
  const undone: string[] = [];
  let shop: OpenSite | undefined;
  const target = (): Target => {
    if (shop === undefined) throw new Error('the shop is not open');
    return shop.target;
  };
  const journal = journalOf(site, target, { undone: ({ says }) => undone.push(says) });
  if (journal.entries.length > 0) {
    shop = await site.open();
    await journal.undo().finally(shop.close);
  }
  journal.close();
  await site.forget();
  return undone;
}

/** A dead runner may have been on any experiment: the one that knows the name undoes it. */
async function wayBack(name: string): Promise<StoredUndo> {
  try {
    return undoOf(name);
  } catch (unknown) {
    for (const folder of experimentFolders()) {
      const own = (await loadCode(folder).catch(() => undefined))?.undos?.[name];
      if (own !== undefined) return own;
    }
    throw unknown;
  }
}
