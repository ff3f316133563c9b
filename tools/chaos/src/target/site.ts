import type { LinkCounts } from '../measure/sampler.ts';
import type { State } from '../run/left-behind.ts';
import type { Running, Target } from './target.ts';

/** A shop that may be broken, wherever it runs. */
export interface Site {
  readonly on: Target['kind'];
  /** For command lines: the name of an instance, or the options that name a shop in a cluster (`--on current`). */
  readonly name: string;
  /** Journal, lock and all runs are in the folder `chaos` below it, on this machine. */
  readonly dir: string;
  /** Before the first change: whoever undoes may be another process, and must know how everything ran. */
  remember(): void;
  /** Once everything is as it was. */
  forget(): Promise<void>;
  /** @throws CliError where it does not run, or is none that may be broken */
  open(): Promise<OpenSite>;
}

/** A shop that is being broken. */
export interface OpenSite {
  readonly target: Target;
  /** What a run must not change for good. */
  state(): Promise<State>;
  /** As `processes` of the target; changes nothing, and may be a second or two old. */
  seen(): Promise<readonly Running[]>;
  /** What has gone over a link so far; undefined while nobody can tell. */
  links(link: string): Promise<LinkCounts | undefined>;
  close(): Promise<void>;
}
