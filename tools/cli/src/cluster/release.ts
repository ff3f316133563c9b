import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress, StepReport } from '../output.ts';
import { lastLines } from '../system/files.ts';
import type { Argv } from './argv.ts';
import { describeTrouble, explained, snapshot } from './explain.ts';
import type { Snapshot } from './explain.ts';
import { upgradeCommand } from './helm.ts';
import type { Helm, Upgrade } from './helm.ts';
import type { ClusterRef } from './kubectl.ts';
import type { ClusterHome } from './state.ts';
import { podTroubles, readiness, refusals } from './trouble.ts';
import type { Trouble } from './trouble.ts';

const LOOK_EVERY_MS = 1_500;
/** Long enough that a pull that fails once, or a Secret that comes late, is no reason to give up. */
const HOPELESS_FOR_MS = 15_000;

export interface ReleaseRun {
  readonly ref: ClusterRef;
  readonly helm: Helm;
  readonly home: ClusterHome;
  readonly upgrade: Upgrade;
}

/** What failed, for callers that can do something about it. */
export class ReleaseError extends Error {
  readonly trouble: Trouble | undefined;

  constructor(cause: Error, trouble: Trouble | undefined) {
    super(cause.message, { cause });
    this.name = 'ReleaseError';
    this.trouble = trouble;
  }
}

/** Installs or upgrades a release, shows who is ready meanwhile, and gives up as soon as waiting is in vain. */
export async function upgradeRelease(title: string, release: ReleaseRun, progress: Progress): Promise<Snapshot> {
  const { ref, upgrade } = release;
  return progress.step(title, async (report) => {
    const { exit, said, hopeless } = await helmWatched(release, report);
    if (exit !== 0 || hopeless) {
      const error = await explained(ref, upgrade.release, `${upgrade.chart} was not installed`, hopeless ? '' : said);
      throw new ReleaseError(error, hopeless);
    }
    const seen = await snapshot(ref, upgrade.release);
    const { ready } = readiness(seen.workloads);
    report.result(`${ready.join(', ')} ready`);
    return seen;
  });
}

interface Outcome {
  readonly exit: number | null;
  readonly said: string;
  readonly hopeless: Trouble | undefined;
}

async function helmWatched({ ref, helm, home, upgrade }: ReleaseRun, report: StepReport): Promise<Outcome> {
  const logFile = join(home.logsDir, `helm-${upgrade.release}.log`);
  const child = start(upgradeCommand(helm, ref, upgrade), logFile);
  const watch = new ReleaseWatch(Date.now());
  let hopeless: Trouble | undefined;
  while (!(await Promise.race([child.ended, sleep(LOOK_EVERY_MS, false)]))) {
    const seen = await snapshot(ref, upgrade.release).catch(() => undefined);
    if (!seen) continue;
    const note = watch.look(seen);
    if (note) report.doing(note);
    hopeless = watch.hopeless(Date.now());
    if (hopeless) child.stop(); // helm then marks the release as failed, and the next upgrade goes on from there
  }
  const said = lastLines(logFile, 3).join(' ').trim().slice(0, 400);
  return { exit: await child.exit, said, hopeless };
}

function start({ command, args }: Argv, logFile: string) {
  const log = openSync(logFile, 'w', 0o640);
  const child = spawn(command, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  const exit = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', (code) => resolve(code));
  });
  return { exit, ended: exit.then(() => true), stop: () => void child.kill('SIGTERM') };
}

/** Looks at a release again and again: what is new to say, and whether waiting has become vain. */
export class ReleaseWatch {
  readonly #startedAt: number;
  #lastNote = '';
  #trouble: { readonly key: string; readonly since: number; readonly final: Trouble | undefined } | undefined;

  /** Pods older than `startedAt` (ms since 1970) are of an earlier attempt: this one replaces them. */
  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  /** A note for the progress line, when it is another one than the last. */
  look({ pods, workloads }: Snapshot, now = Date.now()): string | undefined {
    const young = pods.filter(
      ({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') >= this.#startedAt - 2_000,
    );
    const troubles = [...podTroubles(young), ...refusals(workloads, { items: [] })];
    this.#remember(
      troubles.find(({ final, kind }) => final || kind === 'image' || kind === 'crash'),
      now,
    );
    const { ready, waiting } = readiness(workloads);
    const job = young.find(
      ({ metadata, status }) => metadata.name.startsWith('setup-') && status.phase !== 'Succeeded',
    );
    const told = troubles.find(({ kind }) => kind !== 'other' && kind !== 'pending');
    const parts = [
      ...(job ? ['databases, migrations and topics'] : []),
      ...(workloads.length > 0 && !job ? [`${ready.length} of ${workloads.length} ready`] : []),
      ...(waiting.length > 0 && !job ? [`waiting for ${waiting.join(', ')}`] : []),
      ...(told ? [describeTrouble(told)] : []),
    ];
    const note = parts.join('; ');
    if (note === this.#lastNote || note === '') return undefined;
    this.#lastNote = note;
    return note;
  }

  hopeless(now: number): Trouble | undefined {
    const seen = this.#trouble;
    return seen?.final && now - seen.since >= HOPELESS_FOR_MS ? seen.final : undefined;
  }

  /** Pods go to and fro between failing and waiting to fail again: that is one trouble, as long as it is in one container. */
  #remember(trouble: Trouble | undefined, now: number): void {
    if (!trouble) return void (this.#trouble = undefined);
    const key = `${trouble.where}/${trouble.container}/${trouble.kind}`;
    const before = this.#trouble?.key === key ? this.#trouble : { key, since: now, final: undefined };
    this.#trouble = { ...before, final: trouble.final ? trouble : before.final };
  }
}
