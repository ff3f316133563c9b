/** Plain JSON: everything a saga remembers must survive a round trip through a database column. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** An answer to an action. `parts` names what it covers (all parts when absent), `result` is kept for later steps. */
export interface Reply {
  readonly type: string;
  readonly parts?: readonly string[];
  readonly reason?: string;
  readonly result?: Json;
}

/** What a payload is made from: `parts` are those the action is about, `results` the kept answers by step name. */
export interface ActionContext<D> {
  readonly data: D;
  readonly parts: readonly string[];
  readonly results: Readonly<Record<string, Json>>;
}

/**
 * `send` is a message that is repeated (doubling `resendAfterMs`) until it is answered; `invoke` is a remote call by an
 * agent, who repeats it himself. The receiver of both must treat a repeat as the same wish.
 */
export interface Action<D> {
  readonly via: 'send' | 'invoke';
  readonly type: string;
  readonly payload: (context: ActionContext<D>) => unknown;
  readonly resendAfterMs: number | null;
}

/** What a reply says: the part is done, was refused, or was done and is gone again without our doing. */
export interface Verdict {
  readonly is: 'done' | 'refused' | 'lost';
  /** Without it the reply names the reason. */
  readonly reason?: string;
}

export interface Step<D> {
  readonly name: string;
  readonly action: Action<D>;
  /** What must be answered one by one, also from what the steps before have got; one anonymous part when absent. */
  readonly parts?: (data: D, done: Readonly<Record<string, readonly string[]>>) => readonly string[];
  /** What to ask for in the place of a part that was refused, undefined when nothing is left; `asked` are all parts so far. */
  readonly alternative?: (data: D, refused: string, asked: readonly string[]) => string | undefined;
  readonly replies: Readonly<Record<string, Verdict>>;
  /** The compensation, and the replies that acknowledge it. Every step up to the pivot has one. */
  readonly undo?: { readonly action: Action<D>; readonly replies: readonly string[] };
  /** Checked just before the step starts: a reason not to start it, which compensates. */
  readonly guard?: (data: D, now: number) => string | undefined;
  /** Only before the pivot: without an answer until then the step counts as failed. */
  readonly giveUp?: { readonly afterMs: number; readonly reason: string };
  /** The point of no return: once its action is out the saga waits for the answer, come what may. */
  readonly pivot?: boolean;
  /** Steps whose effect is gone whatever the pivot's answer is, so that they need no compensation any more. */
  readonly settles?: readonly string[];
}

export interface SagaDefinition<D> {
  readonly name: string;
  /** Raised with every change that a stored state of the older definition does not survive. */
  readonly version: number;
  readonly steps: readonly Step<D>[];
}

export const done: Verdict = { is: 'done' };
export const refused = (reason?: string): Verdict => ({ is: 'refused', ...(reason && { reason }) });
export const lost = (reason?: string): Verdict => ({ is: 'lost', ...(reason && { reason }) });

export const send = <D>(type: string, payload: Action<D>['payload'], resendAfterMs = 30_000): Action<D> => ({
  via: 'send',
  type,
  payload,
  resendAfterMs,
});

export const invoke = <D>(type: string, payload: Action<D>['payload']): Action<D> => ({
  via: 'invoke',
  type,
  payload,
  resendAfterMs: null,
});

/** Refuses a table that could not keep the promise "before the pivot undo, after it go on". */
export function defineSaga<D>(definition: SagaDefinition<D>): SagaDefinition<D> {
  const { name, steps } = definition;
  const pivotAt = steps.findIndex((step) => step.pivot);
  const fail = (why: string): never => {
    throw new Error(`saga ${name}: ${why}`);
  };
  if (pivotAt < 0 || steps.filter((step) => step.pivot).length > 1) fail('exactly one step is the pivot');
  if (new Set(steps.map((step) => step.name)).size < steps.length) fail('step names must differ');
  const types = steps.flatMap((step) => [...new Set([...Object.keys(step.replies), ...(step.undo?.replies ?? [])])]);
  if (new Set(types).size < types.length) fail('a reply type belongs to one step');
  steps.forEach((step, index) => {
    if (step.alternative && !step.parts) fail(`${step.name} has alternatives but no parts`);
    if (index <= pivotAt && !step.undo) fail(`${step.name} needs a compensation`);
    if (index >= pivotAt && step.giveUp) fail(`${step.name} may not give up`);
    if (index > pivotAt && step.undo) fail(`${step.name} comes after the pivot and is never undone`);
    if (index > pivotAt && Object.values(step.replies).some((verdict) => verdict.is !== 'done')) {
      fail(`${step.name} comes after the pivot and may not be refused`);
    }
  });
  return definition;
}
