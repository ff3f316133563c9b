import { styleText } from 'node:util';
import type { SagaDetails, SagaIntervention, SagaList, SagaSummary } from '@souk/contracts';

const MARKS: Record<SagaSummary['state'], string> = {
  parked: styleText('red', '✖'),
  running: styleText('yellow', '…'),
  abandoned: styleText('red', '⚑'),
  finished: styleText('green', '✔'),
};

/** The list for people: two lines a saga. */
export function renderList({ items, total }: SagaList, state: string): string[] {
  if (items.length === 0) return [`  no ${state} sagas`];
  const more = total > items.length ? [`  … and ${total - items.length} more`] : [];
  return [...items.flatMap(renderSummary), ...more];
}

function renderSummary({ orderId, saga, state, phase, orderStatus, ...rest }: SagaSummary): string[] {
  const { waitsFor, attempts, cause, since, nextAt } = rest;
  const waits = waitsFor === undefined ? '' : `, waits for ${waitsFor}`;
  const next = nextAt === undefined ? 'nothing is tried any more' : `next try at ${nextAt}`;
  const line = `  ${MARKS[state]} ${orderId}  ${saga} ${phase}, order ${orderStatus}${waits}`;
  if (cause === undefined) return [line];
  return [line, `      ${cause} (${times(attempts)}${since === undefined ? '' : ` since ${since}`}; ${next})`];
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

export function renderDetails(saga: SagaDetails): string[] {
  const { call } = saga;
  return [
    ...renderSummary(saga),
    ...saga.steps.map(renderStep),
    ...(call ? [`      call ${call.operation}: ${call.state}, failed ${times(call.attempts)}`] : []),
    ...(saga.state === 'parked' || saga.state === 'abandoned' ? renderByHand(saga) : []),
    ...saga.interventions.map(
      ({ at, actor, action, outcome, reason }) =>
        `      ${at} ${actor}: ${action} → ${outcome}${reason === undefined ? '' : ` (${reason})`}`,
    ),
  ];
}

function renderStep({ name, pivot, state, attempts, reason, parts }: SagaDetails['steps'][number]): string {
  const tries = attempts > 1 ? `, asked ${times(attempts)}` : '';
  const open = parts.filter(({ forward, undo }) => forward === 'asked' || undo === 'asked').map((part) => part.name);
  const which = open.length === 0 || open[0] === '*' ? '' : ` (${open.join(', ')})`;
  return `      ${name}${pivot ? ' [pivot]' : ''}: ${state}${which}${tries}${reason === undefined ? '' : `, ${reason}`}`;
}

const renderByHand = ({ byHand, state }: SagaDetails): string[] => {
  const head = state === 'abandoned' ? '      left for a person:' : '      left for a person, if it is abandoned:';
  return byHand.length === 0 ? [] : [head, ...byHand.map((todo) => `        - ${todo}`)];
};

export function renderIntervention({ outcome, saga }: SagaIntervention): string[] {
  const said: Record<SagaIntervention['outcome'], string> = {
    resubmitted: `${styleText('green', '✔')} ${saga.orderId} is tried again from now on`,
    compensating: `${styleText('green', '✔')} ${saga.orderId} is being undone; the order will be cancelled`,
    abandoned: `${styleText('red', '⚑')} ${saga.orderId} is abandoned: nothing is tried any more`,
    unchanged: `${styleText('yellow', '!')} ${saga.orderId} was left as it is: there is nothing to do (${saga.state})`,
  };
  return [`  ${said[outcome]}`, ...(outcome === 'abandoned' ? renderByHand(saga) : [])];
}
