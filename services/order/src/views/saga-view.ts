import type { SagaDetails, SagaSummary } from '@souk/contracts';
import { isUndoAsked, partsWhere, type StepState } from '@souk/saga';
import type { Intervention, OwedCall, SagaRow } from '../persistence/saga-records.js';
import { placeOrderSaga } from '../saga/place-order.saga.js';

type StepView = SagaDetails['steps'][number];
type StepStateName = StepView['state'];

const iso = (time: number | string | Date): string => new Date(time).toISOString();
const isAsked = (step: StepState | undefined): boolean =>
  step !== undefined && ['asked', 'undoing'].includes(stateOf(step));

export function toSagaSummary(row: SagaRow): SagaSummary {
  const { orderId, status, state, saga, call, dueAt, stuckCause } = row;
  const step = placeOrderSaga.steps.findLast(({ name }) => isAsked(saga.steps[name]));
  const waiting = step && saga.steps[step.name];
  const waitsFor = call?.operation ?? step?.name;
  const attempts = call?.failureCount ?? waiting?.attempts ?? 0;
  const silence = state === 'parked' || state === 'abandoned' ? `no answer to ${attempts} requests` : undefined;
  const cause = stuckCause ?? call?.lastError ?? (waiting && silence);
  const since = row.abandonedAt ?? row.stuckSince ?? call?.failedSince ?? (silence && waiting?.startedAt);
  const nextAt = nextOf(call) ?? dueAt;
  return {
    orderId,
    saga: saga.saga,
    state,
    phase: saga.phase,
    orderStatus: status as SagaSummary['orderStatus'],
    ...(waitsFor && { waitsFor }),
    attempts,
    ...(cause && { cause }),
    ...(since && { since: iso(since) }),
    ...(nextAt && state !== 'abandoned' && { nextAt: iso(nextAt) }),
  };
}

export function toSagaDetails(row: SagaRow, interventions: readonly Intervention[]): SagaDetails {
  const { call } = row;
  return {
    ...toSagaSummary(row),
    steps: placeOrderSaga.steps.map(({ name, pivot = false }) => stepView(name, pivot, row.saga.steps[name])),
    ...(call && { call: callView(call) }),
    byHand: byHand(row),
    interventions: interventions.map(({ at, reason, ...rest }) => ({
      ...rest,
      at: iso(at),
      ...(reason && { reason }),
    })),
    diagram: diagramOf(row),
  };
}

function stepView(name: string, pivot: boolean, step: StepState | undefined): StepView {
  if (!step) return { name, pivot, state: 'not-started', attempts: 0, parts: [] };
  return {
    name,
    pivot,
    state: stateOf(step),
    attempts: step.attempts,
    startedAt: iso(step.startedAt),
    ...(step.due !== null && { dueAt: iso(step.due) }),
    ...(step.reason && { reason: step.reason }),
    parts: Object.entries(step.parts).map(([part, { forward, undo }]) => ({
      name: part,
      forward,
      ...(undo && { undo }),
    })),
  };
}

function stateOf(step: StepState): StepStateName {
  const parts = Object.values(step.parts);
  if (parts.some(isUndoAsked)) return 'undoing';
  if (parts.some(({ undo }) => undo === 'done')) return 'undone';
  if (parts.some(({ forward }) => forward === 'asked')) return 'asked';
  return parts.every(({ forward }) => forward === 'done') ? 'done' : 'refused';
}

function callView(call: OwedCall): NonNullable<SagaDetails['call']> {
  const { operation, owner, completeBy, failureCount, lastError } = call;
  const isForPerson = completeBy === 'infinity';
  return {
    operation,
    state: isForPerson ? 'error' : owner === null ? 'pending' : 'processing',
    ...(owner && { owner }),
    attempts: failureCount,
    ...(!isForPerson && { completeBy: iso(completeBy) }),
    ...(lastError && { lastError }),
  };
}

const nextOf = (call: OwedCall | null): string | undefined =>
  call && call.completeBy !== 'infinity' ? call.completeBy : undefined;

/** What is not done, from the table of steps: its undo while compensating, itself after the pivot. */
function byHand({ saga, call }: SagaRow): string[] {
  const messages = placeOrderSaga.steps.flatMap(({ name, action, undo }) => {
    const step = saga.steps[name];
    if (!step || !isAsked(step)) return [];
    const undoing = partsWhere(step, isUndoAsked);
    const wish = undoing.length > 0 ? undo?.action : action;
    if (wish?.via !== 'send') return [];
    const parts = undoing.length > 0 ? undoing : partsWhere(step, ({ forward }) => forward === 'asked');
    return [`see to it that inventory has carried out ${wish.type} for ${parts.join(', ')}`];
  });
  if (!call) return messages;
  const { amount } = saga.data;
  const payment = call.payload.paymentId ?? saga.results['authorise-payment'];
  const which = typeof payment === 'string' ? `payment ${payment}` : 'the payment, if there is one,';
  return [
    ...messages,
    `${call.operation} ${which} at the provider (${amount.amount} ${amount.currency} in minor units)`,
  ];
}

/** Mermaid; the class of a step is its state. */
function diagramOf({ saga, call }: SagaRow): string {
  const nodes = placeOrderSaga.steps.map(({ name, pivot }, i) => {
    const step = saga.steps[name];
    return `  s${i}["${name}${pivot ? ' (pivot)' : ''}"]:::${step ? stateOf(step) : 'not-started'}`;
  });
  const chain = `  ${placeOrderSaga.steps.map((_, i) => `s${i}`).join(' --> ')}`;
  const owed = call ? [`  call{{"${call.operation}"}}:::${call.needsAttention ? 'parked' : 'asked'}`] : [];
  const colours = ['done fill:#cfc', 'asked fill:#ffc', 'undoing fill:#fdb', 'undone fill:#ddd', 'refused fill:#fcc'];
  return [
    'flowchart LR',
    ...nodes,
    chain,
    ...owed,
    ...[...colours, 'parked fill:#f88'].map((c) => `  classDef ${c}`),
  ].join('\n');
}
