// Pattern: Compensating Transaction; Pattern: Scheduler Agent Supervisor (the scheduler's decisions)
import type { Action, Reply, SagaDefinition, Step, Verdict } from './definition.js';
import { doneParts, isAsked, isUndoAsked, mayHaveEffect, partsWhere } from './state.js';
import type { PartState, SagaState, StepState } from './state.js';

/** What the host of the saga has to make durable together with the new state. */
export type SagaAction =
  | { readonly kind: 'send'; readonly step: string; readonly type: string; readonly payload: unknown }
  | { readonly kind: 'invoke'; readonly step: string; readonly type: string; readonly payload: unknown }
  | { readonly kind: 'done'; readonly step: string }
  | { readonly kind: 'complete'; readonly outcome: 'succeeded' }
  | { readonly kind: 'complete'; readonly outcome: 'failed'; readonly reason: string };

/** `state` is the very same object when nothing changed. */
export interface Transition<D> {
  readonly state: SagaState<D>;
  readonly actions: readonly SagaAction[];
}

const WHOLE = '*';
const LONGEST_RESEND_MS = 300_000;

/** Begins the saga with its first step. */
export function start<D>(definition: SagaDefinition<D>, data: D, now: number): Transition<D> {
  const { name, version } = definition;
  const state: SagaState<D> = { saga: name, version, phase: 'forward', data, results: {}, steps: {} };
  return startNext(definition, { state, actions: [] }, now);
}

/** Takes an answer in. A duplicate, and an answer to something never asked, change nothing. */
export function react<D>(definition: SagaDefinition<D>, state: SagaState<D>, reply: Reply, now: number): Transition<D> {
  const step = definition.steps.find(
    ({ replies, undo }) => reply.type in replies || undo?.replies.includes(reply.type),
  );
  const before = step && state.steps[step.name];
  if (!step || !before) return { state, actions: [] };
  const verdict = step.replies[reply.type];
  if (verdict?.is === 'lost' && state.phase !== 'compensating' && isPivotOut(definition, state)) {
    return { state, actions: [] }; // the pivot's own answer tells what became of the part
  }
  const covered = new Set(reply.parts ?? Object.keys(before.parts));
  const judged = Object.fromEntries(
    Object.entries(before.parts).map(([name, part]) => [name, covered.has(name) ? judge(part, verdict) : part]),
  );
  const changed = Object.keys(judged).filter((name) => judged[name] !== before.parts[name]);
  if (changed.length === 0) return { state, actions: [] };
  const { parts, added } = state.phase === 'forward' ? replace(step, state.data, judged) : { parts: judged, added: [] };
  const late = changed.filter((name) => before.parts[name]?.undo === 'done' && parts[name]?.undo === 'asked');
  const failed = Object.values(parts).some(({ forward }) => forward === 'refused' || forward === 'lost');
  const reason =
    before.reason ??
    (failed && verdict && verdict.is !== 'done' ? (verdict.reason ?? reply.reason ?? verdict.is) : undefined);
  const waits = Object.values(parts).some((part) => isAsked(part) || isUndoAsked(part));
  let next = putStep(state, step.name, { ...before, parts, due: waits ? before.due : null, ...(reason && { reason }) });
  if (verdict?.is === 'done' && reply.result !== undefined) {
    next = { ...next, results: { ...next.results, [step.name]: reply.result } };
  }
  let transition: Transition<D> = { state: next, actions: [] };
  if (late.length > 0) transition = undo(step, late, transition, now);
  if (added.length > 0) transition = emit(step, step.action, asking(step, transition, added), transition, now);
  return proceed(definition, transition, now);
}

/** Puts an alternative in the place of each part that was refused; of none as soon as one has no alternative left. */
function replace<D>(step: Step<D>, data: D, judged: StepState['parts']) {
  const parts: Record<string, PartState> = { ...judged };
  const added: string[] = [];
  for (const [name, part] of Object.entries(judged)) {
    if (part.forward !== 'refused') continue;
    const other = step.alternative?.(data, name, Object.keys(parts));
    if (other === undefined || other in parts) return { parts: judged, added: [] };
    parts[name] = { ...part, forward: 'replaced' };
    parts[other] = { forward: 'asked' };
    added.push(other);
  }
  return { parts, added };
}

/** A message asks for the new parts alone; a call replaces the one before it and must ask for all that is open. */
function asking<D>(step: Step<D>, { state }: Transition<D>, added: readonly string[]): readonly string[] {
  const current = state.steps[step.name];
  return step.action.via === 'invoke' && current ? partsWhere(current, isAsked) : added;
}

/** Looks at everything whose time has come: repeats what was not answered, or gives a step up before the pivot. */
export function expire<D>(definition: SagaDefinition<D>, state: SagaState<D>, now: number): Transition<D> {
  let transition: Transition<D> = { state, actions: [] };
  for (const step of definition.steps) {
    const current = transition.state.steps[step.name];
    if (!current || current.due === null || current.due > now) continue;
    const undoing = partsWhere(current, isUndoAsked);
    if (undoing.length > 0 && step.undo) transition = emit(step, step.undo.action, undoing, transition, now);
    else if (step.giveUp && current.startedAt + step.giveUp.afterMs <= now) {
      return compensate(definition, transition, step.giveUp.reason, now);
    } else transition = emit(step, step.action, partsWhere(current, isAsked), transition, now);
  }
  return transition;
}

/** Asks the saga to undo itself. Refused (`accepted` false, nothing changed) once the pivot is out or the saga has ended. */
export function cancel<D>(
  definition: SagaDefinition<D>,
  state: SagaState<D>,
  reason: string,
  now: number,
): Transition<D> & { readonly accepted: boolean } {
  if (state.phase !== 'forward' || isPivotOut(definition, state)) return { accepted: false, state, actions: [] };
  return { accepted: true, ...compensate(definition, { state, actions: [] }, reason, now) };
}

function judge(part: PartState, verdict: Verdict | undefined): PartState {
  const undoAnswered = part.undo === 'asked' ? { ...part, undo: 'done' as const } : part;
  if (!verdict) return undoAnswered;
  if (verdict.is === 'lost') return mayHaveEffect(part) ? { ...undoAnswered, forward: 'lost' } : part;
  if (part.forward !== 'asked') return part;
  if (verdict.is === 'refused') return { ...undoAnswered, forward: 'refused' };
  // A success that arrives after its undo was acknowledged has come too late for it: undo once more.
  return part.undo === 'done' ? { forward: 'done', undo: 'asked' } : { ...part, forward: 'done' };
}

function proceed<D>(definition: SagaDefinition<D>, transition: Transition<D>, now: number): Transition<D> {
  const { state, actions } = transition;
  if (state.phase === 'compensating') return finishCompensation(transition);
  if (state.phase !== 'forward') return transition;
  const failed = definition.steps.find((step) =>
    Object.values(state.steps[step.name]?.parts ?? {}).some((part) => part.forward === 'lost'),
  );
  if (failed) return compensate(definition, transition, state.steps[failed.name]?.reason ?? 'lost', now);
  const step = definition.steps.findLast(({ name }) => name in state.steps);
  const current = step && state.steps[step.name];
  if (!current || partsWhere(current, isAsked).length > 0) return transition;
  if (partsWhere(current, ({ forward }) => forward !== 'done' && forward !== 'replaced').length > 0) {
    return compensate(definition, transition, current.reason ?? 'refused', now);
  }
  return startNext(definition, { state, actions: [...actions, { kind: 'done', step: step.name }] }, now);
}

function startNext<D>(definition: SagaDefinition<D>, transition: Transition<D>, now: number): Transition<D> {
  const { state, actions } = transition;
  const step = definition.steps.find(({ name }) => !(name in state.steps));
  if (!step)
    return {
      state: { ...state, phase: 'succeeded' },
      actions: [...actions, { kind: 'complete', outcome: 'succeeded' }],
    };
  const obstacle = step.guard?.(state.data, now);
  if (obstacle) return compensate(definition, transition, obstacle, now);
  const names = step.parts?.(state.data, doneParts(state)) ?? [WHOLE];
  const parts = Object.fromEntries(names.map((name) => [name, { forward: 'asked' } as const]));
  const begun = putStep(state, step.name, { startedAt: now, attempts: 0, due: null, parts });
  return emit(step, step.action, names, { state: begun, actions }, now);
}

/** All undos leave at once, the latest step first: they are independent, so one that hangs does not hold up the others. */
function compensate<D>(
  definition: SagaDefinition<D>,
  transition: Transition<D>,
  reason: string,
  now: number,
): Transition<D> {
  const pivot = definition.steps.find((step) => step.pivot && step.name in transition.state.steps);
  let next: Transition<D> = { ...transition, state: { ...transition.state, phase: 'compensating', reason } };
  for (const step of definition.steps.toReversed()) {
    const current = next.state.steps[step.name];
    if (!current || pivot?.settles?.includes(step.name)) continue;
    next = undo(step, partsWhere(current, mayHaveEffect), next, now);
  }
  return finishCompensation(next);
}

function undo<D>(step: Step<D>, names: readonly string[], transition: Transition<D>, now: number): Transition<D> {
  const current = transition.state.steps[step.name];
  if (!current || !step.undo) return transition;
  const asked = Object.fromEntries(
    names.map((name) => [name, { forward: current.parts[name]?.forward ?? 'asked', undo: 'asked' } as const]),
  );
  const state = putStep(transition.state, step.name, {
    ...current,
    attempts: 0,
    due: null,
    parts: { ...current.parts, ...asked },
  });
  return names.length > 0
    ? emit(step, step.undo.action, names, { ...transition, state }, now)
    : { ...transition, state };
}

function finishCompensation<D>({ state, actions }: Transition<D>): Transition<D> {
  if (Object.values(state.steps).some((step) => partsWhere(step, isUndoAsked).length > 0)) return { state, actions };
  const reason = state.reason ?? 'failed';
  return {
    state: { ...state, phase: 'failed' },
    actions: [...actions, { kind: 'complete', outcome: 'failed', reason }],
  };
}

function emit<D>(
  step: Step<D>,
  action: Action<D>,
  parts: readonly string[],
  transition: Transition<D>,
  now: number,
): Transition<D> {
  const { state, actions } = transition;
  const current = state.steps[step.name];
  if (!current) return transition;
  const { data, results } = state;
  const out: SagaAction = {
    kind: action.via,
    step: step.name,
    type: action.type,
    payload: action.payload({ data, parts, results }),
  };
  const emitted = putStep(state, step.name, {
    ...current,
    attempts: current.attempts + 1,
    due: nextDue(step, action, current, now),
  });
  return { state: emitted, actions: [...actions, out] };
}

function nextDue<D>(step: Step<D>, action: Action<D>, current: StepState, now: number): number | null {
  const resend =
    action.resendAfterMs === null
      ? Infinity
      : now + Math.min(action.resendAfterMs * 2 ** current.attempts, LONGEST_RESEND_MS);
  const giveUp = step.giveUp && action === step.action ? current.startedAt + step.giveUp.afterMs : Infinity;
  const due = Math.min(resend, giveUp);
  return Number.isFinite(due) ? due : null;
}

const isPivotOut = <D>(definition: SagaDefinition<D>, state: SagaState<D>): boolean =>
  definition.steps.some((step) => step.pivot && step.name in state.steps);

const putStep = <D>(state: SagaState<D>, name: string, step: StepState): SagaState<D> => ({
  ...state,
  steps: { ...state.steps, [name]: step },
});
