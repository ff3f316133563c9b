import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { codeOf, httpCall } from './http-call.js';

export interface PlannedCall {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}
export interface SeenAnswer {
  readonly status: number;
  readonly attempts: string | null;
  readonly breaker: string | null;
  readonly code: string | null;
  readonly ms: number;
}
/** Makes the calls one after the other and says what it saw. */
export type CallerProgram = (port: number, calls: readonly PlannedCall[]) => Promise<SeenAnswer[]>;

export const nodeCaller: CallerProgram = async (port, calls) => {
  const seen: SeenAnswer[] = [];
  for (const { path, ...options } of calls) {
    const answer = await httpCall(port, path, options);
    const isProblem = answer.headers['content-type']?.startsWith('application/problem+json') === true;
    seen.push({
      status: answer.status,
      attempts: String(answer.headers['x-amb-attempts']),
      breaker: String(answer.headers['x-amb-breaker']),
      code: isProblem ? codeOf(answer) : null,
      ms: answer.ms,
    });
  }
  return seen;
};

/** Python 3 with nothing but its standard library. */
export const pythonCaller: CallerProgram = async (port, calls) => {
  const child = spawn('python3', [join(import.meta.dirname, 'caller.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const missing = new Promise<never>((_, reject) =>
    child.once('error', (cause) =>
      reject(new Error('this test needs python3 on the PATH; install Python 3', { cause })),
    ),
  );
  child.stdin.end(JSON.stringify({ base: `http://127.0.0.1:${port}`, calls }));
  return JSON.parse(await Promise.race([text(child.stdout), missing])) as SeenAnswer[];
};
