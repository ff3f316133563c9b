import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { CliError } from '../errors.ts';
import { soukCommand } from '../souk-command.ts';
import { isNodeError } from '../system/files.ts';
import type { ProcessSpec, ProcessStatus } from './process-spec.ts';

/** It answers at once; more, also on a machine that has no time, would be a supervisor that is stuck. */
const STATUS_WITHIN_MS = 10_000;
/** The longest is a shutdown: services, telemetry and servers in turn, each with its grace time. */
const DONE_WITHIN_MS = 90_000;

/** One line of JSON in, one line of JSON out, one request per connection. */
export type ControlRequest =
  | { readonly op: 'status' | 'shutdown' }
  | { readonly op: 'start' | 'restart'; readonly specs: readonly ProcessSpec[] }
  | { readonly op: 'stop'; readonly names: readonly string[] };

export interface ControlAnswer {
  readonly supervisorPid: number;
  /** Undefined of a supervisor of before. */
  readonly supervisorStartTime?: number;
  readonly touched: readonly string[];
  readonly processes: readonly ProcessStatus[];
}

/** Collects one line from a socket. */
export function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.endsWith('\n')) resolve(text);
    });
    socket.on('error', reject);
    const cut = 'the supervisor closed the connection without an answer';
    socket.on('close', () => reject(Object.assign(new Error(cut), { code: 'ECONNRESET' })));
  });
}

/** Asks the supervisor; undefined when none is listening, or when it dies meanwhile. @throws CliError when one does not answer in time */
export async function askSupervisor(socketPath: string, request: ControlRequest): Promise<ControlAnswer | undefined> {
  const socket = await open(socketPath);
  if (!socket) return undefined;
  const withinMs = request.op === 'status' ? STATUS_WITHIN_MS : DONE_WITHIN_MS;
  socket.setTimeout(withinMs, () => void silent(dirname(socketPath), withinMs).then((error) => socket.destroy(error)));
  socket.write(`${JSON.stringify(request)}\n`);
  const line = await readLine(socket).catch((error: unknown) => {
    if (isGone(error)) return undefined;
    throw error;
  });
  socket.destroy();
  if (line === undefined) return undefined;
  const answer: unknown = JSON.parse(line);
  if (isAnswer(answer)) return answer;
  throw new Error(`the supervisor answered ${JSON.stringify(answer)}`);
}

async function silent(instanceDir: string, withinMs: number): Promise<CliError> {
  // Only now: the supervisor loads this file too, and should stay small.
  const { findSupervisorPid } = await import('./find-pid.ts');
  const pid = findSupervisorPid(instanceDir);
  const end = pid === undefined ? 'end it by its pid' : `kill -9 ${pid}`;
  return new CliError(
    'the supervisor does not answer',
    `${pid === undefined ? 'it' : `process ${pid}`} said nothing for ${withinMs / 1_000} s`,
    `${end}, then ${soukCommand(basename(instanceDir), 'status')}: a new one takes over what runs`,
  );
}

/** The last thread of a process that was killed closes its sockets, a moment after the process counts as dead. */
const isGone = (error: unknown): boolean =>
  isNodeError(error) && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

function open(socketPath: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

function isAnswer(value: unknown): value is ControlAnswer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'processes' in value &&
    'touched' in value &&
    'supervisorPid' in value
  );
}
