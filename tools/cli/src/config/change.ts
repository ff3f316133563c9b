import { Progress } from '../output.ts';
import { documentOf } from './documents.ts';
import type { ConfigDocument } from './documents.ts';
import { parseHistory, renderHistory, rollbackTo, versionToRestore, withVersion } from './history.ts';
import { everyReplica, hashInForce } from './in-force.ts';
import type { InForce } from './in-force.ts';
import type { Place } from './place.ts';
import { requireScopes } from './scopes.ts';
import { editSettings, readSettings, refusalOf, settingsHash } from './settings.ts';
import type { Change, Schemas } from './settings.ts';

/** About two seconds, since the pods are touched; but how soon a kubelet renews a mount Kubernetes does not promise. */
const IN_FORCE_WITHIN_MS = 30_000;

/** What a change needs to know about the shop and about who makes it. */
export interface Desk {
  readonly place: Place;
  readonly schemas: Schemas;
  readonly author: string;
}

type Answer = Promise<Record<string, unknown>>;

/** All are checked before the first is written. @throws CliError when a process would refuse one */
export async function changeSettings(desk: Desk, changes: readonly Change[]): Answer {
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
  await requireScopes(desk, new Map(edits.map(({ document, after }) => [document.name, after])));
  const progress = new Progress();
  const results = [];
  for (const edit of edits) results.push(await write(desk, edit, progress));
  return { place: desk.place.title, changed: results };
}

/** Puts a whole text in the place of the one that is there. */
export async function replaceText(desk: Desk, name: string, after: string, what: string): Answer {
  readSettings(desk.schemas, name, after);
  const document = documentOf(name);
  const before = await currentText(desk, document);
  await requireScopes(desk, new Map([[name, after]]));
  return { place: desk.place.title, changed: [await write(desk, { document, before, after, what }, new Progress())] };
}

/** Goes back one step, and by the next rollback one further, or to the one that is named. */
export async function rollback(desk: Desk, name: string, wanted?: number): Answer {
  const document = documentOf(name);
  const before = await currentText(desk, document);
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

interface Edit {
  readonly document: ConfigDocument;
  readonly before: string;
  readonly after: string;
  readonly what: string;
}

function write({ place, author }: Desk, { document, before, after, what }: Edit, progress: Progress): Answer {
  const { name, services, followedAs, scope } = document;
  const title = followedAs === 'settings' ? `settings of ${scope === 'service' ? name : `scope ${name}`}` : name;
  return progress.step(title, async (report) => {
    const hash = settingsHash(after);
    const startedAt = performance.now();
    const known = parseHistory(await place.readHistory(document));
    const at = new Date().toISOString();
    const versions = withVersion(known, { before, after, author, what, at });
    // First: a change without its history could not be taken back, a history without its change does no harm.
    await place.writeHistory(document, renderHistory(versions));
    await place.writeDocument(document, after);
    await Promise.all(services.map((service) => place.refresh(service)));
    const wanted = { name: followedAs, what: `its ${followedAs}`, withinMs: IN_FORCE_WITHIN_MS };
    const is = (state: InForce): boolean => hashInForce(document, state) === hash;
    const all = await Promise.all(services.map((service) => everyReplica(place, { ...wanted, service, is })));
    const replicas = all.flatMap((one) => one.replicas);
    const inForceAfterMs = Math.round(performance.now() - startedAt);
    report.result(
      replicas.length === 0
        ? 'written; nothing runs, so they count from the next start'
        : `in force on ${replicas.join(', ')} after ${(inForceAfterMs / 1_000).toFixed(1)} s, nothing was restarted`,
    );
    return { service: name, hash, version: versions.at(-1)?.version, replicas, inForceAfterMs };
  });
}
