import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { ProcessSpec, ProcessStatus } from './process-spec.ts';

/** One line of JSON in, one line of JSON out, one request per connection. */
export type ControlRequest =
  | { readonly op: 'status' | 'shutdown' }
  | { readonly op: 'start' | 'restart'; readonly specs: readonly ProcessSpec[] }
  | { readonly op: 'stop'; readonly names: readonly string[] };

export interface ControlAnswer {
  readonly supervisorPid: number;
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
    socket.on('close', () => reject(new Error('the supervisor closed the connection without an answer')));
  });
}

/** Asks the supervisor; undefined when none is listening. */
export async function askSupervisor(socketPath: string, request: ControlRequest): Promise<ControlAnswer | undefined> {
  const socket = await open(socketPath);
  if (!socket) return undefined;
  socket.write(`${JSON.stringify(request)}\n`);
  const answer: unknown = JSON.parse(await readLine(socket));
  socket.destroy();
  if (isAnswer(answer)) return answer;
  throw new Error(`the supervisor answered ${JSON.stringify(answer)}`);
}

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
