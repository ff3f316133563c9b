import { styleText } from 'node:util';
import { beginsOrder } from './span.ts';
import type { TraceAnswer } from './span.ts';
import { treeOf } from './tree.ts';
import type { TraceTree } from './tree.ts';
import { waterfall } from './waterfall.ts';
import type { BatchSizes } from './waterfall.ts';

const ERRORS_SHOWN = 5;

/** What a trace is, for programs and for people. */
export interface Trace extends TraceAnswer {
  readonly tree: TraceTree;
  /** No span is missing that another one names, and the trace of an order has the request that began it. */
  readonly complete: boolean;
  readonly beginning: boolean;
}

export function traceOf(answer: TraceAnswer): Trace {
  const tree = treeOf(answer.spans);
  const beginning = answer.orderId === undefined || answer.spans.some(beginsOrder);
  return { ...answer, tree, beginning, complete: beginning && tree.missingParents.length === 0 };
}

export function renderTrace(trace: Trace, terminalWidth: number, batches?: BatchSizes): string[] {
  const { tree, traceId, orderId, related = [] } = trace;
  const what = orderId === undefined ? `trace ${traceId}` : `order ${orderId} · trace ${traceId}`;
  const failed = tree.errors.length > 0 ? ` · ${plural(tree.errors.length, 'error')}` : '';
  const size = `${plural(tree.spans, 'span')} of ${plural(tree.services.length, 'service')}`;
  return [
    `  ${what}`,
    `  ${completeness(trace)} · ${size} · ${tree.durationMs.toFixed(1)} ms${failed}`,
    '',
    ...waterfall(tree, terminalWidth, batches),
    ...errorLines(tree),
    ...(related.length > 0 ? [`  ${plural(related.length, 'other trace')} of this order: ${related.join(' ')}`] : []),
  ];
}

function completeness({ complete, beginning, tree }: Trace): string {
  if (complete) return `${styleText('green', '✔')} complete`;
  const reasons = [
    ...(beginning ? [] : ['the request that began the order is missing']),
    ...(tree.missingParents.length > 0
      ? [
          `${plural(tree.missingParents.length, 'parent')} of spans marked ? missing (${tree.missingParents.join(', ')})`,
        ]
      : []),
  ];
  return `${styleText('yellow', '…')} incomplete: ${reasons.join('; ')}`;
}

function errorLines({ errors }: TraceTree): string[] {
  const shown = errors.slice(0, ERRORS_SHOWN).map(({ service, name, status }) => {
    return `  ${styleText('red', '✖')} ${service} ${name}${status.message ? `: ${status.message}` : ''}`;
  });
  return errors.length > ERRORS_SHOWN ? [...shown, `    and ${errors.length - ERRORS_SHOWN} more`] : shown;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
