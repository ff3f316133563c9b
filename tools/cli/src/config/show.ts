import { parseDocument } from 'yaml';
import type { Scoped } from '@souk/config';
import { documentOf, isShared, ROUTES } from './documents.ts';
import type { ConfigDocument } from './documents.ts';
import { parseHistory } from './history.ts';
import { hashInForce, inForce } from './in-force.ts';
import type { InForce } from './in-force.ts';
import type { Place } from './place.ts';
import { scopedValues } from './scopes.ts';
import { trialsOf } from './stage.ts';
import { listSettings, parseName, readSettings, refusalOf, settingsHash } from './settings.ts';
import type { Schemas, SettingLine } from './settings.ts';

type Answer = Promise<Record<string, unknown>>;

/** Every setting with its value. */
export async function list(place: Place, schemas: Schemas): Answer {
  const services = Object.keys(schemas).filter((name) => name !== ROUTES);
  const texts = await Promise.all(
    services.map(async (name) => ({ name, text: await place.readDocument(documentOf(name)) })),
  );
  const documents = await Promise.all(
    texts.map(async ({ name, text }) => ({ name, text, ...(await verdictOn(place, schemas, name, text)) })),
  );
  const good = documents.filter(({ refused }) => refused === undefined);
  const lines = good.flatMap(({ name, text, scoped }) => listSettings(schemas, name, text, scoped));
  for (const line of lines) console.log(rendered(line));
  for (const { name, refused } of documents) if (refused !== undefined) console.log(refusedNote(name, refused));
  return { settings: lines, refused: documents.filter((one) => !good.includes(one)).map(({ name }) => name) };
}

const rendered = ({ name, value, scope, lockedBy, description }: SettingLine): string => {
  const from = scope === null ? 'default' : scope === 'service' ? '' : scope;
  const notes = [from, lockedBy === null ? '' : `locked by ${lockedBy}`].filter(Boolean).join(', ');
  return `  ${name.padEnd(26)} ${`${shown(value)}${notes && ` (${notes})`}`.padEnd(18)} ${description}`;
};

/** What the processes make of a text: with all that is above it, or why they do not take it. */
async function verdictOn(
  place: Place,
  schemas: Schemas,
  name: string,
  text: string,
): Promise<{ refused?: string; scoped?: Scoped<Record<string, unknown>> }> {
  const refused = refusalOf(schemas, name, text);
  if (refused !== undefined) return { refused };
  if (name === ROUTES || isShared(name)) return {};
  return scopedValues({ place, schemas }, name).then(
    (scoped) => ({ scoped }),
    (error: unknown) => ({ refused: error instanceof Error ? error.message : String(error) }),
  );
}

const refusedNote = (name: string, why: string): string =>
  `  what is written for ${name} is refused, the last good one stays in force: ${why}`;

const shown = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** What is written, and what every replica has in force. */
export async function get(place: Place, schemas: Schemas, name: string): Answer {
  const { service } = parseName(name);
  const document = documentOf(service);
  const text = Object.hasOwn(schemas, service) ? await place.readDocument(document) : '';
  const { refused, scoped } = await verdictOn(place, schemas, service, text);
  const written = refused === undefined ? showGood(schemas, text, name, scoped) : { text, refused };
  // The whole of it, whatever part was asked for: what is wrong may be anywhere.
  if (refused !== undefined) console.log(`${text.trimEnd()}\n${refusedNote(service, refused)}`);
  const hash = settingsHash(text);
  const replicas = await followersOf(place, document);
  for (const one of replicas) console.log(`  ${one.replica}: ${stateOf(one, hash)}`);
  const trials = Object.hasOwn(schemas, service) ? await trialsOf(place, document) : [];
  for (const { on, what } of trials) console.log(`  ${on} tries another change, ${what}`);
  return { ...written, hash, replicas, trials };
}

/** Every process that follows a document, with the hash that it has of that. */
async function followersOf(place: Place, document: ConfigDocument): Promise<InForce[]> {
  const all = await Promise.all(document.services.map((service) => inForce(place, service, document.followedAs)));
  return all.flat().map((one) => ({ ...one, hash: hashInForce(document, one) }));
}

function showGood(
  schemas: Schemas,
  text: string,
  name: string,
  scoped?: Scoped<Record<string, unknown>>,
): Record<string, unknown> {
  const { service, key } = parseName(name);
  const settings = listSettings(schemas, service, text, scoped).filter(
    (line) => key === undefined || line.name === name,
  );
  for (const line of settings) console.log(rendered(line));
  if (service !== ROUTES) return { settings };
  console.log(partOf(text, key).trimEnd());
  return { table: readSettings(schemas, service, text) };
}

/** The YAML below a key, as it stands there. */
function partOf(text: string, key: string | undefined): string {
  if (key === undefined) return text;
  const path = key.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const part: unknown = parseDocument(text).getIn(path, true);
  return part === undefined ? `nothing is at ${key}` : String(part);
}

const stateOf = ({ hash, lastError }: InForce, wanted: string): string =>
  hash === undefined
    ? 'does not answer'
    : hash === wanted
      ? `has it in force${lastError ? `, but: ${lastError}` : ''}`
      : `has ${hash} in force${lastError ? `: ${lastError}` : ''}`;

/** Who has it in force and lost its file since (the packaged text stands for it then) follows nothing that is written. */
const isTaken = ({ hash, lastError }: InForce, wanted: string): boolean => hash === wanted && lastError === undefined;

/** Which version of each document every process has in force, and whether that is the one that is written. */
export async function status(place: Place, schemas: Schemas): Answer {
  const documents = await Promise.all(
    Object.keys(schemas).map(async (name) => {
      const document = documentOf(name);
      const hash = settingsHash(await place.readDocument(document));
      const version = parseHistory(await place.readHistory(document)).at(-1);
      const replicas = await followersOf(place, document);
      const named = version?.hash === hash ? { version: version.version } : {};
      const trials = await trialsOf(place, document);
      const followers = replicas.map((one) => ({ ...one, isInForce: isTaken(one, hash) }));
      return { name, hash, ...named, replicas: followers, trials };
    }),
  );
  for (const { name, hash, replicas, trials } of documents) {
    const tried = trials.map(({ on, what }) => `${on} tries another change, ${what}`);
    const states = [...replicas.map((one) => `${one.replica}: ${stateOf(one, hash)}`), ...tried];
    console.log(`  ${name.padEnd(16)} ${hash}  ${states.join(', ') || 'nothing runs'}`);
  }
  return { documents };
}

/** Who changed what and when, newest first; with a version, its text. */
export async function history(place: Place, schemas: Schemas, name: string, wanted?: number): Answer {
  const document = documentOf(name);
  // Refuses what is no document.
  readSettings(schemas, name, Object.hasOwn(schemas, name) ? document.packaged : '');
  const versions = parseHistory(await place.readHistory(document)).toReversed();
  const chosen = wanted === undefined ? versions : versions.filter(({ version }) => version === wanted);
  const current = settingsHash(await place.readDocument(document));
  const inPlace = versions.find(({ hash }) => hash === current)?.version;
  for (const { version, at, author, hash, what, text } of chosen) {
    const mark = version === inPlace ? '*' : ' ';
    console.log(`${mark} ${String(version).padStart(3)}  ${at}  ${hash}  ${author.padEnd(20)} ${what}`);
    if (wanted !== undefined) console.log(text.trimEnd());
  }
  if (chosen.length === 0)
    console.log(`  ${name} has no ${wanted === undefined ? 'history' : `version ${wanted}`} yet`);
  return { name, current, versions: chosen };
}
