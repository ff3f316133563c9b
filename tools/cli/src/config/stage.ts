/** Pattern: External Configuration Store. A change that one process tries, and that reaches all when it was well there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { CliError } from '../errors.ts';
import { Progress } from '../output.ts';
import type { StepReport } from '../output.ts';
import { loadConfig } from '../shop/contracts.ts';
import { documentOfInstance, isOfService } from './documents.ts';
import type { ConfigDocument } from './documents.ts';
import { everyReplica, hashInForce, inForce } from './in-force.ts';
import type { InForce } from './in-force.ts';
import type { Place } from './place.ts';
import { scopedValues } from './scopes.ts';
import { settingsHash } from './settings.ts';
import { answeredBetween, illnessOf, vitalsOf } from './vitals.ts';
import type { Answered, Vitals } from './vitals.ts';
import { IN_FORCE_WITHIN_MS, remember, write } from './write.ts';
import type { Desk, Edit, Written } from './write.ts';

/** How long a change is tried. When the signal comes, it is taken back. */
export interface Soak {
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Staged extends Written {
  readonly staged: Answered & { readonly on: string; readonly seconds: number; readonly others: Answered };
}

/** What one process is to try. */
interface Trial {
  readonly service: string;
  readonly replica: string;
  /** The name under which the process looks for its text. */
  readonly instance: string;
  readonly document: ConfigDocument;
  readonly text: string;
}

const LOOK_EVERY_MS = 1_000;
/** One look may be lost, by a pause of the process or of the network. */
const ILL_LOOKS = 2;
/** A text that begins so is a trial; others were written by somebody for good. */
const MARK = '# tried ';

/** @throws CliError when the change cannot be tried, when it was not well, or when it was stopped; then nothing of it is left */
export async function writeStaged(desk: Desk, edit: Edit, soak: Soak): Promise<Staged> {
  const trial = await trialOf(desk, edit);
  const progress = new Progress();
  const { document, before } = edit;
  const noted = (what: string) => remember(desk, { document, before, after: before, what });
  await noted(`tries on ${trial.replica}: ${edit.what}`);
  const title = `${trial.replica} tries ${edit.what}`;
  const staged = await progress
    .step(title, (report) => tried(desk, trial, soak, report))
    .catch(async (error: unknown) => {
      const failure = error instanceof CliError ? error : takenBack(trial.replica, String(error), 'run it again');
      await noted(`takes back from ${trial.replica}: ${failure.why}`);
      await takeAway(desk, trial).catch((cause: unknown) => {
        const why = `${failure.why}; but its text is still there: ${cause instanceof Error ? cause.message : String(cause)}`;
        throw new CliError(
          `${trial.replica} could not be given back what it had`,
          why,
          `./souk config rollback ${trial.service}`,
        );
      });
      throw failure;
    });
  const what = `${edit.what}, tried on ${trial.replica} for ${soak.seconds} s`;
  try {
    return { ...(await write(desk, { ...edit, what }, progress)), staged };
  } finally {
    // Not before: in between it would have gone back to the old setting.
    await takeAway(desk, trial);
  }
}

async function tried({ place }: Desk, trial: Trial, soak: Soak, report: StepReport): Promise<Staged['staged']> {
  const { service, replica, document, text } = trial;
  const hash = settingsHash(text);
  const before = await vitalsOf(place, service, document);
  await place.writeDocument(document, text);
  await untilInForce(place, trial, hash, 'what it is to try');
  report.doing(`watched for ${soak.seconds} s`);
  const now = await watched({ place, trial, hash, before }, soak);
  const others = now.map((one) => one.replica).filter((one) => one !== replica);
  const own = answeredBetween(before, now, [replica]);
  report.result(
    own.requests === 0
      ? `ready for ${soak.seconds} s, but nobody asked it anything`
      : `well for ${soak.seconds} s: ${own.requests} requests, ${own.failed} failed`,
  );
  return { on: replica, seconds: soak.seconds, ...own, others: answeredBetween(before, now, others) };
}

interface Watch {
  readonly place: Desk['place'];
  readonly trial: Trial;
  readonly hash: string;
  readonly before: readonly Vitals[];
}

/** @throws CliError as soon as the process is ill, or when it is to stop */
async function watched({ place, trial, hash, before }: Watch, soak: Soak): Promise<Vitals[]> {
  const { service, replica, document } = trial;
  const { seconds, signal, pause = (ms, stop) => sleep(ms, undefined, { signal: stop }) } = soak;
  let now: Vitals[] = [];
  let ill = 0;
  for (let look = 0; look < seconds || ill > 0; look++) {
    await pause(LOOK_EVERY_MS, signal).catch(() => undefined);
    if (signal.aborted) throw takenBack(replica, 'it was stopped', 'run it again when you have the time');
    now = await vitalsOf(place, service, document);
    const why = illnessOf({ replica, hash }, before, now);
    ill = why === undefined ? 0 : ill + 1;
    if (why !== undefined && ill >= ILL_LOOKS) throw takenBack(replica, why, `look at the logs of ${replica}`);
  }
  return now;
}

const takenBack = (replica: string, why: string, fix: string): CliError =>
  new CliError(`the change was taken back from ${replica}; no other process had it`, why, fix);

/** The text for one process by which it has in force what the edit would bring, checked with all that stands around it. */
async function trialOf(desk: Desk, { document, before, after, what }: Edit): Promise<Trial> {
  const { name: service, followedAs } = document;
  if (!isOfService(document))
    throw new CliError(
      `${service} cannot be tried on one process`,
      'that is for the settings of one service',
      followedAs === 'routes' ? 'docs/patterns/gateway-routing.md: a canary' : 'name one service, or leave --stage out',
    );
  const { replica, instance } = await chosen(desk, service);
  const [now, then] = [await valuesWith(desk, service, before), await valuesWith(desk, service, after)];
  const { changedKeys } = await loadConfig();
  const keys = changedKeys(then, now);
  const gone = keys.filter((key) => then[key] === undefined);
  if (keys.length === 0 || gone.length > 0)
    throw new CliError(
      'there is nothing for one process to try; nothing was written',
      gone.length > 0 ? `a text cannot say that ${gone.join(', ')} has no value` : 'every process would do as before',
      'leave --stage out',
    );
  const mark = `${MARK}since ${new Date().toISOString()} by ${desk.author}: ${what}`.replaceAll(/\s+/g, ' ');
  const text = `${mark}\n${stringify(Object.fromEntries(keys.map((key) => [key, then[key]])))}`;
  // With the old text around it, and with the new one, which comes before this one goes.
  for (const around of [before, after]) await requireTaken(desk, service, around, text);
  return { service, replica, instance, document: documentOfInstance(service, instance), text };
}

const valuesWith = async (desk: Desk, service: string, text: string): Promise<Record<string, unknown>> =>
  (await scopedValues(desk, service, new Map([[service, text]]))).values;

async function requireTaken(desk: Desk, service: string, around: string, text: string): Promise<void> {
  await scopedValues(desk, service, new Map([[service, around]]), text).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(`${service} would refuse this on one process; nothing was written`, why, 'leave --stage out');
  });
}

/** The first that is ready and looks for a text of its own that nobody has written for it. */
async function chosen({ place }: Desk, service: string): Promise<{ replica: string; instance: string }> {
  const [states, ready, taken] = await Promise.all([
    inForce(place, service, 'settings'),
    place.ask(service, '/readyz'),
    place.instancesOf(service),
  ]);
  const isReady = (name: string): boolean => ready.some(({ replica, body }) => replica === name && body !== undefined);
  const fit = states
    .filter(({ lastError, replica }) => lastError === undefined && isReady(replica))
    .sort((a, b) => (a.replica < b.replica ? -1 : 1));
  for (const { replica, instance } of fit)
    if (instance !== undefined && !taken.includes(instance)) return { replica, instance };
  const why =
    fit.length === 0 ? 'none runs that is ready and follows what is written' : 'none looks for a text of its own';
  throw new CliError(
    `no process of ${service} can try it`,
    why,
    fit.length === 0
      ? `./souk config get ${service}`
      : 'LIVE_SETTINGS_INSTANCE names it: start it anew, or leave --stage out',
  );
}

/** What processes of a service try just now, or were left with when somebody's command was killed. */
export async function trialsOf(place: Place, of: ConfigDocument): Promise<{ on: string; what: string }[]> {
  const { name: service } = of;
  const names = isOfService(of) ? await place.instancesOf(service) : [];
  const texts = await Promise.all(names.map((name) => place.readDocument(documentOfInstance(service, name))));
  return names.flatMap((on, index) => {
    const [mark = ''] = texts[index]?.split('\n') ?? [];
    return mark.startsWith(MARK) ? [{ on, what: mark.slice(MARK.length) }] : [];
  });
}

/** Who has a text of his own does not see a change of that of all. @throws CliError when a process tries something */
export async function requireNoTrial({ place }: Desk, document: ConfigDocument): Promise<void> {
  const [trial] = await trialsOf(place, document);
  if (trial === undefined) return;
  throw new CliError(
    `${trial.on} of ${document.name} tries another change; nothing was written`,
    trial.what,
    `wait for it, or take it back: ./souk config rollback ${document.name}`,
  );
}

/** Ends all trials of a service; answers on whom there was one. */
export async function endTrials(desk: Desk, document: ConfigDocument, before: string): Promise<string[]> {
  const { name: service } = document;
  const trials = await trialsOf(desk.place, document);
  for (const { on, what } of trials) {
    await remember(desk, { document, before, after: before, what: `takes back from ${on} what it tried ${what}` });
    await takeAway(desk, { service, instance: on });
  }
  return trials.map(({ on }) => on);
}

async function takeAway({ place }: Desk, trial: Pick<Trial, 'service' | 'instance'>): Promise<void> {
  await place.removeDocument(documentOfInstance(trial.service, trial.instance));
  await untilInForce(place, trial, settingsHash(''), 'that its trial is over');
}

/** On the one process, if that answers: one that does not has nothing in force. */
async function untilInForce(
  place: Place,
  { service, instance }: Pick<Trial, 'service' | 'instance'>,
  hash: string,
  what: string,
): Promise<void> {
  const document = documentOfInstance(service, instance);
  const is = (state: InForce): boolean => state.instance !== instance || hashInForce(document, state) === hash;
  await place.refresh(service);
  await everyReplica(place, { service, name: 'settings', is, what, withinMs: IN_FORCE_WITHIN_MS });
}
