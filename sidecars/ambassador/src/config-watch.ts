import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '@souk/observability';
import type { Counts } from './counts.js';
import { DefinitionReader, refuseUnusableTls, type UpstreamDefinition } from './definitions.js';

const POLL_MS = 1_000;
const SETTLE_MS = 50;

export interface ConfigWatchOptions {
  readonly file: string;
  readonly apply: (definitions: readonly UpstreamDefinition[]) => Promise<void>;
  readonly counts: Counts;
  readonly logger: Pick<Logger, 'info' | 'error'>;
  readonly pollMs?: number;
  /** Tells news of a folder; throws where the system has no watches left. */
  readonly watchFolder?: (folder: string, onNews: () => void) => Pick<FSWatcher, 'close' | 'on'>;
}

/**
 * Follows the configuration with the certificates and secrets that it names: the folder is watched, for speed, and everything is
 * read once a second, because not every swapped link is announced. Many files make one configuration here, and putting it to use
 * can fail, which the one-file mechanism of @souk/config does not know. What cannot be used is logged and counted once; the
 * last good one stays.
 */
export class ConfigWatch {
  readonly #reader: DefinitionReader;
  #known = '';
  #failure = '';
  #turn: Promise<void> = Promise.resolve();
  #close: () => void = () => undefined;

  constructor(private readonly options: ConfigWatchOptions) {
    this.#reader = new DefinitionReader(options.file);
  }

  /** @throws when the first configuration cannot be used */
  async start(): Promise<void> {
    const { pollMs = POLL_MS } = this.options;
    await this.#apply(await this.#reader.read());
    const look = (): void => {
      this.#turn = this.#turn.then(() => this.#look());
    };
    const timer = setInterval(look, pollMs);
    // A file that is being written is news several times over, and not whole before the last.
    let settling: NodeJS.Timeout | undefined;
    const onNews = (): void => {
      clearTimeout(settling);
      settling = setTimeout(look, SETTLE_MS);
    };
    const watcher = this.#watchFolder(onNews);
    this.#close = () => {
      clearInterval(timer);
      clearTimeout(settling);
      watcher?.close();
    };
  }

  #watchFolder(onNews: () => void): Pick<FSWatcher, 'close'> | undefined {
    const { file, watchFolder = watch } = this.options;
    try {
      const watcher = watchFolder(dirname(file), onNews);
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch {
      // No watches left on this machine: the poll sees it later.
      return undefined;
    }
  }

  /** Resolves when a change that was being put to use is. */
  async stop(): Promise<void> {
    this.#close();
    await this.#turn;
  }

  async #look(): Promise<void> {
    const { logger, counts } = this.options;
    try {
      const definitions = await this.#reader.read();
      if (JSON.stringify(definitions) !== this.#known) {
        await this.#apply(definitions);
        const upstreams = definitions.map(({ name }) => name);
        logger.info({ generation: counts.generation, upstreams }, 'the configuration changed');
      }
      this.#failure = '';
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason === this.#failure) return;
      this.#failure = reason;
      counts.reloadFailures += 1;
      logger.error({ reason }, 'the changed configuration cannot be used; the last good one stays');
    }
  }

  async #apply(definitions: readonly UpstreamDefinition[]): Promise<void> {
    definitions.forEach(refuseUnusableTls);
    await this.options.apply(definitions);
    this.#known = JSON.stringify(definitions);
  }
}
