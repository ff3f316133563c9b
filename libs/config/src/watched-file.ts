/** Pattern: External Configuration Store. One mechanism for everything that a process follows without a restart. */
import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import { ABSENT, hashOf, isBeingWritten, type Look, look, type Texts, versionOf, WRITTEN_MS } from './look.js';

export interface WatchLogger {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What is in force and since when. Never the content: it may be a secret. */
export interface WatchStatus {
  /** Undefined when there is nothing to follow. */
  readonly file: string | undefined;
  /** Of the text in force, 16 hex digits; 'defaults' when no file has been good yet and none was packaged. */
  readonly hash: string;
  /** ISO 8601. */
  readonly loadedAt: string;
  /** Contents taken over since the start, the first not counted. */
  readonly changes: number;
  /** Contents refused since the start. */
  readonly refused: number;
  /** Why the file as it is now is not in force; undefined when it is. */
  readonly lastError: string | undefined;
  /** Of the other texts in force, by name; undefined where there are none to follow. */
  readonly beside?: Readonly<Record<string, string>>;
  /** What the value tells of itself. */
  readonly about?: object;
  /** How often each part of the value was read since the start; undefined where nobody counts. */
  readonly reads?: Readonly<Record<string, number>>;
}

/** `changed` is undefined for what has no keys. */
export type ChangeListener<T> = (next: T, previous: T, changed?: readonly string[]) => void;

/** A value that may change while the process runs. */
export interface Watched<T> {
  readonly name: string;
  readonly value: T;
  status(): WatchStatus;
  /** Called after each change that was good, with the names of the keys that differ, also of those that are gone. */
  onChange(listener: ChangeListener<T>): void;
  /** Begins to follow the file. Repeating it changes nothing. */
  start(logger: WatchLogger): void;
  stop(): void;
}

export interface WatchOptions<T> {
  /** Stands in logs. */
  readonly name: string;
  readonly file: string | undefined;
  /** Other files of the same folder that matter to the value, by name. Any of them may be missing, none is enough. */
  readonly beside?: Readonly<Record<string, string>>;
  /** Throws what is wrong with the texts, in words that show no secret. */
  readonly parse: (text: string, beside: Texts) => T;
  /** Shown in the status. */
  readonly about?: (value: T) => object;
  /** Counts who reads what: readers get what it hands out in the place of the value. */
  readonly reads?: { readonly counts: Readonly<Record<string, number>>; handOut(value: T): T };
  /** In force until the file is good; without one, a file that is not good at the start is an error. */
  readonly fallback?: T;
  /** The same as text that came with the release: it has a version, and no file is needed beside it. */
  readonly packaged?: string;
  /** Safety net where the operating system tells nothing, in ms; default 1 000. */
  readonly pollMs?: number;
}

const POLL_MS = 1_000;

/** Follows one file, in place or behind swapped symbolic links (ConfigMaps, Secrets), and keeps the last good content. */
export class WatchedFile<T> implements Watched<T> {
  readonly name: string;
  readonly #options: WatchOptions<T>;
  readonly #listeners: ChangeListener<T>[] = [];
  #value: T;
  /** The value as readers get it. */
  #handed: T;
  #status: WatchStatus;
  #logger: WatchLogger | undefined;
  #version = '';
  /** Of the texts that were looked at last, good or not. */
  #seen: string;
  /** The same of those in force. */
  #inForce: string;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Looks again at a file that is being written. */
  #again: NodeJS.Timeout | undefined;

  /** @throws what `parse` throws about the file, when there is no fallback */
  constructor(options: WatchOptions<T>) {
    this.#options = options;
    this.name = options.name;
    const { file } = options;
    const first = file === undefined ? undefined : look(file, options.beside);
    this.#seen = first?.all ?? ABSENT;
    const { value, hash, error } = begin(options, first);
    this.#value = value;
    this.#handed = this.#handOut(value);
    this.#inForce = error === undefined && first !== undefined ? first.all : hash;
    const loadedAt = new Date().toISOString();
    const refused = error === undefined ? 0 : 1;
    this.#status = { file, hash, loadedAt, changes: 0, refused, lastError: error, ...this.#details(first) };
  }

  get value(): T {
    return this.#handed;
  }

  status(): WatchStatus {
    const { reads } = this.#options;
    return reads === undefined ? this.#status : { ...this.#status, reads: reads.counts };
  }

  onChange(listener: ChangeListener<T>): void {
    this.#listeners.push(listener);
  }

  start(logger: WatchLogger): void {
    const { file, pollMs = POLL_MS } = this.#options;
    if (file === undefined || this.#timer !== undefined) return;
    this.#logger = logger;
    if (this.#status.lastError !== undefined) this.#complain(this.#status.lastError);
    try {
      // The folder, because a swapped link or a renamed file is news of the folder.
      this.#watcher = watch(dirname(file), { persistent: false }, () => this.#noticed());
      this.#watcher.on('error', () => undefined);
    } catch {
      // The poll sees it later.
    }
    this.#timer = setInterval(() => this.#noticed(), pollMs);
    this.#timer.unref();
  }

  stop(): void {
    this.#watcher?.close();
    clearInterval(this.#timer);
    clearTimeout(this.#again);
    [this.#timer, this.#again] = [undefined, undefined];
  }

  /** A first half may be as good as the whole, and mean something else: an empty file means that everything is as usual. */
  #noticed(): void {
    if (this.#again !== undefined) return;
    if (!this.#files().some(isBeingWritten)) return this.refresh();
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.#noticed();
    }, WRITTEN_MS);
    this.#again.unref();
  }

  #files(): string[] {
    const { file, beside = {} } = this.#options;
    return file === undefined ? [] : [file, ...Object.values(beside)];
  }

  /** Looks now. Synchronous, so that there is never more than one look under way. */
  refresh(): void {
    const { file, beside } = this.#options;
    if (file === undefined) return;
    const versions = this.#files().map(versionOf);
    const version = versions.includes(undefined) ? '' : versions.join();
    if (version !== '' && version === this.#version) return;
    const seen = look(file, beside);
    this.#version = version;
    const all = seen?.all ?? ABSENT;
    if (all === this.#seen) return;
    this.#seen = all;
    if (all === this.#inForce) this.#status = { ...this.#status, lastError: undefined };
    else if (seen === undefined) this.#refuse('the file is not there any more');
    else this.#take(seen);
  }

  #take(seen: Look): void {
    let next: T;
    try {
      next = frozen(parsed(this.#options, seen));
    } catch (error) {
      return this.#refuse(messageOf(error));
    }
    const [previous, handedBefore] = [this.#value, this.#handed];
    this.#value = next;
    this.#handed = this.#handOut(next);
    this.#inForce = seen.all;
    const { hash } = seen;
    const [changes, loadedAt] = [this.#status.changes + 1, new Date().toISOString()];
    this.#status = { ...this.#status, hash, loadedAt, changes, lastError: undefined, ...this.#details(seen) };
    const changed = keysOf(next, previous);
    this.#logger?.info({ config: this.name, hash, ...(changed && { changed }) }, 'configuration changed');
    for (const listener of this.#listeners) listener(this.#handed, handedBefore, changed);
  }

  #handOut(value: T): T {
    return this.#options.reads?.handOut(value) ?? value;
  }

  #details(seen: Look | undefined): Pick<WatchStatus, 'beside' | 'about'> {
    const { beside, about } = this.#options;
    const hashes = Object.entries(seen?.beside ?? {}).map(([name, text]) => [name, hashOf(text)]);
    return { ...(beside && { beside: Object.fromEntries(hashes) }), ...(about && { about: about(this.#value) }) };
  }

  #refuse(reason: string): void {
    this.#status = { ...this.#status, refused: this.#status.refused + 1, lastError: reason };
    this.#complain(reason);
  }

  #complain(reason: string): void {
    this.#logger?.error(
      { config: this.name, file: this.#options.file, reason },
      'configuration refused, the last good one stays',
    );
  }
}

function begin<T>(options: WatchOptions<T>, first: Look | undefined) {
  const { name, file, parse, packaged } = options;
  const fallback = packaged === undefined ? options.fallback : parse(packaged, {});
  const hash = packaged === undefined ? 'defaults' : hashOf(packaged);
  const defaults = (error?: string) => ({ value: frozen(fallback as T), hash, error });
  if (first === undefined) {
    if (fallback === undefined) throw new Error(`${name}: ${file} cannot be read`);
    return defaults(file === undefined || packaged !== undefined ? undefined : 'the file cannot be read');
  }
  try {
    return { value: frozen(parsed(options, first)), hash: first.hash, error: undefined };
  } catch (error) {
    if (fallback === undefined) throw error;
    return withoutItsOwn(options, first, messageOf(error)) ?? defaults(messageOf(error));
  }
}

/** What the texts beside a bad one say by themselves, if they are good. */
function withoutItsOwn<T>({ parse, packaged = '' }: WatchOptions<T>, { beside, unreadable }: Look, error: string) {
  if (Object.keys(beside).length === 0 || unreadable.length > 0) return undefined;
  try {
    return { value: frozen(parse(packaged, beside)), hash: 'defaults', error };
  } catch {
    return undefined;
  }
}

/** @throws what `parse` throws, or which text cannot be had */
function parsed<T>({ parse }: WatchOptions<T>, { text, beside, unreadable }: Look): T {
  if (unreadable.length > 0) throw new Error(`${unreadable.join(', ')} cannot be read`);
  return parse(text, beside);
}

/** Names of the settings that differ, also of those that are there no more. */
export function changedKeys(next: object, previous: object): string[] {
  const [now, before] = [new Map(Object.entries(next)), new Map(Object.entries(previous))];
  const names = new Set([...now.keys(), ...before.keys()]);
  return [...names].filter((name) => JSON.stringify(now.get(name)) !== JSON.stringify(before.get(name))).sort();
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Undefined for what has no keys. */
const keysOf = (next: unknown, previous: unknown): string[] | undefined =>
  isObject(next) && isObject(previous) ? changedKeys(next, previous) : undefined;

/** Plain data all the way down; keys and the like are left alone. */
function frozen<T>(value: T): T {
  if (!isObject(value) || ![Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value))) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
