import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { documentOf } from '../../../cli/src/config/documents.ts';
import { configurable, settingsFile } from '../../../cli/src/config/files.ts';
import { everyReplica, hashInForce, inForce as statesOf } from '../../../cli/src/config/in-force.ts';
import type { Place } from '../../../cli/src/config/place.ts';
import { settingsHash } from '../../../cli/src/config/settings.ts';
import { openInstance } from '../../../cli/src/instance.ts';
import { isNodeError } from '../../../cli/src/system/files.ts';
import type { Target } from '../target/target.ts';

const IN_FORCE_WITHIN_MS = 30_000;

/** Texts that processes follow: the settings of each service, and the routes of the gateway. */
export const FOLLOWED: readonly [string, ...string[]] = ['routes', ...configurable()];

type Followed = Pick<Target, 'kind' | 'context' | 'place'>;

const fileOf = ({ context }: Pick<Target, 'context'>, name: string): string =>
  settingsFile(openInstance(context.instance), name);

/** The bytes that lie there, null where there is no file. In a cluster they are a text, which every service has. */
export async function bytesOf(target: Followed, name: string): Promise<Buffer | null> {
  if (target.kind === 'k8s') return Buffer.from(await textOf(target, name));
  try {
    return readFileSync(fileOf(target, name));
  } catch (error) {
    if (isNodeError(error) && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** The text that is followed: the packaged one where nobody has written any. */
export const textOf = (target: Pick<Target, 'place'>, name: string): Promise<string> =>
  target.place.readDocument(documentOf(name));

/** Puts these bytes there in one step, or takes the file away. @throws Error for what cannot be in a cluster: no text at all */
export async function put(target: Followed, name: string, bytes: Buffer | null): Promise<void> {
  if (target.kind === 'k8s') return putText(target.place, name, bytes);
  const file = fileOf(target, name);
  if (bytes === null) return rmSync(file, { force: true });
  const draft = `${file}.${process.pid}.chaos`;
  writeFileSync(draft, bytes);
  renameSync(draft, file);
}

async function putText(place: Place, name: string, bytes: Buffer | null): Promise<void> {
  const document = documentOf(name);
  if (bytes === null || !isUtf8(bytes))
    throw new Error(`what is followed in a cluster is a text, and ${name} is to be none`);
  await place.writeDocument(document, bytes.toString('utf8'));
  for (const service of document.services) await place.refresh(service);
}

/** Tells contents apart, that of no file too. */
export const fingerprint = (bytes: Buffer | null): string =>
  bytes === null ? 'none' : createHash('sha256').update(bytes).digest('hex');

/** Until the processes that follow it, where they run, have this text in force. */
export async function inForce(target: Target, name: string, text: string): Promise<void> {
  const document = documentOf(name);
  const hash = settingsHash(text);
  for (const service of document.services) {
    if ((await target.process(service)).pid === null) continue;
    await everyReplica(target.place, {
      service,
      name: document.followedAs,
      is: (state) => hashInForce(document, state) === hash,
      what: `its ${document.followedAs}`,
      withinMs: IN_FORCE_WITHIN_MS,
    });
  }
}

/** Why a process does not take over what lies there; undefined where none complains. */
export async function refusalOf(target: Pick<Target, 'place'>, name: string): Promise<string | undefined> {
  const { services, followedAs } = documentOf(name);
  const states = await Promise.all(services.map((service) => statesOf(target.place, service, followedAs)));
  return states.flat().find(({ lastError }) => lastError !== undefined)?.lastError;
}
