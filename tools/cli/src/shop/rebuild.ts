import { CliError } from '../errors.ts';

/** The read side's own words (GET /rebuild of its management port). */
export interface RebuildStatus {
  readonly state: 'none' | 'running' | 'done' | 'failed';
  readonly rebuildId?: string;
  readonly done: number;
  readonly total: number;
  /** Orders that cannot be folded. */
  readonly skipped?: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly error?: string;
}

export interface RebuildOptions {
  /** Base URL of the management port. */
  readonly url: string;
  readonly onProgress: (status: RebuildStatus) => void;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** For hints. */
  readonly logsCommand: string;
}

const ASK_EVERY_MS = 250;
/** Asked this often in vain, the process is gone; what it began is started over by the next one. */
const PATIENCE = 120;

/** This often a rebuild is asked for: one that was refused may have been refused for a rebuild that was over a moment later. */
const STARTS = 60;

/**
 * Starts a rebuild, or joins the one under way, and follows it to its end. Views that are owed a rebuild start it by themselves, so
 * after a restart in the middle the next one is followed. @throws CliError when it failed
 */
export async function rebuild(options: RebuildOptions): Promise<RebuildStatus> {
  const { url, sleep, now = Date.now, logsCommand } = options;
  for (let attempt = 1; attempt <= STARTS; attempt++) {
    const askedAt = now();
    const start = await ask(`${url}/rebuild`, 'POST');
    if (start.status !== 202 && start.status !== 409)
      throw new CliError('the rebuild could not be started', describe(start), logsCommand);
    const counts = ({ finishedAt = '' }: RebuildStatus): boolean =>
      start.status === 202 || Date.parse(finishedAt) > askedAt;
    const end = await follow(options, counts);
    if (end !== undefined) return end;
    await sleep(ASK_EVERY_MS);
  }
  throw new CliError('the rebuild could not be started', 'one is said to be under way, and none is', logsCommand);
}

/** Undefined when what has ended does not count: it was over before we asked. */
async function follow(
  { url, onProgress, sleep, logsCommand }: RebuildOptions,
  counts: (end: RebuildStatus) => boolean,
): Promise<RebuildStatus | undefined> {
  let silent = 0;
  for (;;) {
    const answer = await ask(`${url}/rebuild`, 'GET').catch(() => undefined);
    const status = answer?.status === 200 ? (answer.body as RebuildStatus) : undefined;
    silent = status === undefined ? silent + 1 : 0;
    if (silent > PATIENCE)
      throw new CliError('the rebuild is out of sight', 'order-query does not answer', logsCommand);
    if (status !== undefined && status.state !== 'running' && !counts(status)) return undefined;
    if (status !== undefined) onProgress(status);
    if (status?.state === 'done') return status;
    if (status?.state === 'failed')
      throw new CliError('the rebuild failed', status.error ?? 'no reason given', logsCommand);
    await sleep(ASK_EVERY_MS);
  }
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function ask(url: string, method: 'GET' | 'POST'): Promise<Answer> {
  try {
    const answer = await fetch(url, { method, signal: AbortSignal.timeout(5_000) });
    return { status: answer.status, body: await answer.json() };
  } catch (cause) {
    throw new CliError('order-query does not answer', `${url} cannot be reached`, './souk status', { cause });
  }
}

const describe = ({ status, body }: Answer): string => `it answered ${status} ${JSON.stringify(body)}`;
