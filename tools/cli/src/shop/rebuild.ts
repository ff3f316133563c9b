import { CliError } from '../errors.ts';

/** The read side's own words (GET /rebuild of its management port). */
export interface RebuildStatus {
  readonly state: 'none' | 'running' | 'done' | 'failed';
  readonly rebuildId?: string;
  readonly done: number;
  readonly total: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly error?: string;
}

export interface RebuildOptions {
  /** Base URL of the management port. */
  readonly url: string;
  readonly onProgress: (status: RebuildStatus) => void;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** For hints. */
  readonly logsCommand: string;
}

const ASK_EVERY_MS = 250;
/** Asked this often in vain, the process is gone; what it began is started over by the next one. */
const PATIENCE = 120;

/**
 * Starts a rebuild, or joins the one under way, and follows it to its end. Views that are owed a rebuild start it by themselves, so
 * after a restart in the middle the next one is followed. @throws CliError when it failed
 */
export async function rebuild({ url, onProgress, sleep, logsCommand }: RebuildOptions): Promise<RebuildStatus> {
  const start = await ask(`${url}/rebuild`, 'POST');
  if (start.status !== 202 && start.status !== 409)
    throw new CliError('the rebuild could not be started', describe(start), logsCommand);
  let silent = 0;
  for (;;) {
    const answer = await ask(`${url}/rebuild`, 'GET').catch(() => undefined);
    const status = answer?.status === 200 ? (answer.body as RebuildStatus) : undefined;
    silent = status === undefined ? silent + 1 : 0;
    if (silent > PATIENCE)
      throw new CliError('the rebuild is out of sight', 'order-query does not answer', logsCommand);
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
