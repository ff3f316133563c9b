import { Progress } from '../output.ts';
import type { ConfigDocument } from './documents.ts';
import { parseHistory, renderHistory, withVersion } from './history.ts';
import { everyReplica, hashInForce } from './in-force.ts';
import type { InForce } from './in-force.ts';
import type { Place } from './place.ts';
import { settingsHash } from './settings.ts';
import type { Schemas } from './settings.ts';

/** About two seconds, since the pods are touched; but how soon a kubelet renews a mount Kubernetes does not promise. */
export const IN_FORCE_WITHIN_MS = 30_000;

/** What a change needs to know about the shop and about who makes it. */
export interface Desk {
  readonly place: Place;
  readonly schemas: Schemas;
  readonly author: string;
}

export interface Edit {
  readonly document: ConfigDocument;
  readonly before: string;
  readonly after: string;
  readonly what: string;
}

export interface Written {
  readonly service: string;
  readonly hash: string;
  readonly version: number | undefined;
  readonly replicas: readonly string[];
  readonly inForceAfterMs: number;
}

/** Writes a text that was checked, and waits until all who follow it have it in force. */
export function write({ place, author }: Desk, edit: Edit, progress: Progress): Promise<Written> {
  const { document, after } = edit;
  const { name, services, followedAs, scope } = document;
  const title = followedAs === 'settings' ? `settings of ${scope === 'service' ? name : `scope ${name}`}` : name;
  return progress.step(title, async (report) => {
    const hash = settingsHash(after);
    const startedAt = performance.now();
    // First: a change without its history could not be taken back, a history without its change does no harm.
    const version = await remember({ place, author }, edit);
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
    return { service: name, hash, version, replicas, inForceAfterMs };
  });
}

/** Puts into the history what is being done; answers the number of that. */
export async function remember(
  { place, author }: Pick<Desk, 'place' | 'author'>,
  { document, before, after, what }: Edit,
): Promise<number | undefined> {
  const known = parseHistory(await place.readHistory(document));
  const versions = withVersion(known, { before, after, author, what, at: new Date().toISOString() });
  await place.writeHistory(document, renderHistory(versions));
  return versions.at(-1)?.version;
}
