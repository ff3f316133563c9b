import { soukCommand } from '../souk-command.ts';

/**
 * `on`: services send their spans straight to the trace store. `collector`: through a collector, as in a pod.
 * `off`: there is no trace store, and no service loads the tracing code.
 */
export type TracingMode = 'on' | 'off' | 'collector';

export function isTracingMode(value: unknown): value is TracingMode {
  return value === 'on' || value === 'off' || value === 'collector';
}

/** From `--tracing` (true), `--no-tracing` (false) or neither. Every `up` decides anew: nothing is remembered by accident. */
export function tracingMode(option: boolean | undefined): TracingMode {
  if (option === undefined) return 'on';
  return option ? 'collector' : 'off';
}

/** One line for people about how an instance traces. */
export function describeTracing({ name, tracing }: { readonly name: string; readonly tracing: TracingMode }): string {
  if (tracing === 'off') return `tracing is off (--no-tracing); ${soukCommand(name, 'up')} turns it on`;
  const through = tracing === 'collector' ? ' through a collector' : '';
  return `tracing is on${through}: ${soukCommand(name, 'trace --last')}`;
}
