import { CliError } from '../errors.ts';
import { Progress } from '../output.ts';
import { documentOf } from './documents.ts';
import type { ConfigDocument } from './documents.ts';
import { parseHistory, rollbackTo, versionToRestore } from './history.ts';
import { requireScopes } from './scopes.ts';
import { editSettings, readSettings, refusalOf } from './settings.ts';
import type { Change } from './settings.ts';
import { endTrials, requireNoTrial, writeStaged } from './stage.ts';
import type { Soak } from './stage.ts';
import { write } from './write.ts';
import type { Desk, Edit } from './write.ts';

type Answer = Promise<Record<string, unknown>>;

/** All are checked before the first is written. With a soak one process tries them first. @throws CliError when a process would refuse one */
export async function changeSettings(desk: Desk, changes: readonly Change[], soak?: Soak): Answer {
  const names = [...new Set(changes.map(({ service }) => service))];
  const edits = await Promise.all(
    names.map(async (name) => {
      const own = changes.filter((one) => one.service === name);
      const document = documentOf(name);
      const before = await currentText(desk, document);
      const what = own.map(({ key, value }) => (value === undefined ? `unset ${key}` : `set ${key}=${text(value)}`));
      const after = editSettings(desk.schemas, name, before, own);
      return { document, before, after, what: what.join(', ') };
    }),
  );
  return made(desk, edits, soak);
}

/** Puts a whole text in the place of the one that is there. */
export async function replaceText(desk: Desk, name: string, after: string, what: string, soak?: Soak): Answer {
  readSettings(desk.schemas, name, after);
  const document = documentOf(name);
  const before = await currentText(desk, document);
  return made(desk, [{ document, before, after, what }], soak);
}

async function made(desk: Desk, edits: readonly Edit[], soak: Soak | undefined): Answer {
  await requireScopes(desk, new Map(edits.map(({ document, after }) => [document.name, after])));
  for (const { document } of edits) await requireNoTrial(desk, document);
  if (soak !== undefined && edits.length > 1) throw oneByOne(edits);
  const progress = new Progress();
  const changed = [];
  for (const edit of edits) changed.push(await (soak ? writeStaged(desk, edit, soak) : write(desk, edit, progress)));
  return { place: desk.place.title, changed };
}

const oneByOne = (edits: readonly Edit[]): CliError =>
  new CliError(
    `settings of ${edits.map(({ document }) => document.name).join(' and ')} are not tried together; nothing was written`,
    'a process tries those of its own service',
    'one command for each of them',
  );

/** Goes back one step, and by the next rollback one further, or to the one that is named. What is only tried is the newest step. */
export async function rollback(desk: Desk, name: string, wanted?: number): Answer {
  const document = documentOf(name);
  const before = await currentText(desk, document);
  const takenBackFrom = Object.hasOwn(desk.schemas, name) ? await endTrials(desk, document, before) : [];
  if (takenBackFrom.length > 0 && wanted === undefined) return { place: desk.place.title, takenBackFrom };
  const known = parseHistory(await desk.place.readHistory(document));
  const isGood = (one: string): boolean => refusalOf(desk.schemas, name, one) === undefined;
  const { version, text: after } = versionToRestore({ known, name, inForce: before, isGood }, wanted);
  // What was good once may have been written for another release.
  readSettings(desk.schemas, name, after);
  await requireScopes(desk, new Map([[name, after]]));
  const edit = { document, before, after, what: rollbackTo(version) };
  return { place: desk.place.title, restored: version, changed: [await write(desk, edit, new Progress())] };
}

/** An unknown document is refused by its schema, before anything is asked for it. */
const currentText = async ({ place, schemas }: Desk, document: ConfigDocument): Promise<string> =>
  Object.hasOwn(schemas, document.name) ? place.readDocument(document) : '';

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
