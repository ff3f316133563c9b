import { basename, join } from 'node:path';
import { CliError } from '../errors.ts';
import { soukCommand } from '../souk-command.ts';
import { readIfThere, writeFileAtomically } from '../system/files.ts';
import type { ProcessRecord } from './managed-process.ts';

/** What the supervisor of an instance leaves behind for the next one. */
export interface SupervisorState {
  readonly bootId: string;
  readonly processes: readonly ProcessRecord[];
}

export function stateFile(instanceDir: string): string {
  return join(instanceDir, 'state.json');
}

export function socketFile(instanceDir: string): string {
  return join(instanceDir, 'supervisor.sock');
}

export function supervisorLog(logsDir: string): string {
  return join(logsDir, 'supervisor.log');
}

/** The recorded state; identities of an earlier boot are dropped, since pids and start times began anew. */
export function readState(instanceDir: string, bootId: string): SupervisorState {
  const text = readIfThere(stateFile(instanceDir));
  if (text === undefined) return { bootId, processes: [] };
  const state = parse(text);
  if (!isState(state)) throw notAState(instanceDir);
  if (state.bootId === bootId) return state;
  return { bootId, processes: state.processes.map((record) => ({ ...record, identity: null, wanted: false })) };
}

/** False when something lies there from which nobody can tell what ran. */
export function stateIsReadable(instanceDir: string): boolean {
  const text = readIfThere(stateFile(instanceDir));
  return text === undefined || isState(parse(text));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // broken JSON is no state either
  }
}

function notAState(instanceDir: string): CliError {
  const fix = `${soukCommand(basename(instanceDir), 'down --purge')} starts afresh`;
  return new CliError(`${stateFile(instanceDir)} is not readable`, "it is not a supervisor's state", fix);
}

/** Holds database passwords inside process environments, hence for the owner only. */
export function writeState(instanceDir: string, state: SupervisorState): void {
  writeFileAtomically(stateFile(instanceDir), JSON.stringify(state), 0o600);
}

function isState(value: unknown): value is SupervisorState {
  if (typeof value !== 'object' || value === null || !('bootId' in value) || !('processes' in value)) return false;
  return typeof value.bootId === 'string' && Array.isArray(value.processes) && value.processes.every(isRecord);
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'spec' in value && 'identity' in value && 'wanted' in value;
}
