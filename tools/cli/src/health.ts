import type { Health } from './supervisor/process-spec.ts';

/** Names of what should run and is not ready; what was stopped on purpose is not missed. */
export function notReady(lines: readonly { readonly name: string; readonly health: Health }[]): string[] {
  return lines.filter(({ health }) => health !== 'ready' && health !== 'stopped').map(({ name }) => name);
}
