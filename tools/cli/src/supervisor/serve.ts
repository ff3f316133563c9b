import { chmodSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { askSupervisor, readLine } from './control.ts';
import type { ControlAnswer, ControlRequest } from './control.ts';
import { rotateOpenLog } from './log-file.ts';
import { Supervisor } from './supervisor.ts';
import { socketFile, supervisorLog } from './state.ts';
import { identify } from '../system/process-identity.ts';

// Imports stay few on purpose: this process lives as long as the shop and should cost little memory.

const self = identify(process.pid);

/** Serves one instance until it is told to shut down; leaves at once if another supervisor already does. */
export async function superviseInstance(instanceDir: string): Promise<void> {
  const socketPath = socketFile(instanceDir);
  if (await askSupervisor(socketPath, { op: 'status' })) return;
  const logFile = supervisorLog(join(instanceDir, 'logs'));
  const supervisor = new Supervisor(
    instanceDir,
    ({ process: name, how, restartInMs }) => log(logFile, 'warn', `${name} died: ${how}`, { restartInMs }),
    (why) => log(logFile, 'error', `the state could not be saved, the next change tries again: ${why}`),
  );
  rmSync(socketPath, { force: true });
  const server = createServer((socket) => void serve(socket, supervisor, () => leave(socketPath)));
  server.listen(socketPath, () => {
    chmodSync(socketPath, 0o600);
    supervisor.resume();
  });
}

/** Not by the console: on a full disk its stream would end this process, and with room again it would stay silent. */
function log(file: string, level: string, msg: string, more: Readonly<Record<string, unknown>> = {}): void {
  try {
    writeSync(process.stdout.fd, `${JSON.stringify({ time: new Date().toISOString(), level, msg, ...more })}\n`);
    rotateOpenLog(file);
  } catch {
    // There is no other place to say it.
  }
}

async function serve(socket: Socket, supervisor: Supervisor, leaveNow: () => void): Promise<void> {
  try {
    const request = JSON.parse(await readLine(socket)) as ControlRequest;
    const answer: ControlAnswer = {
      supervisorPid: process.pid,
      ...(self !== undefined && { supervisorStartTime: self.startTime }),
      touched: await handle(supervisor, request),
      processes: supervisor.status(),
    };
    socket.end(`${JSON.stringify(answer)}\n`, () => request.op === 'shutdown' && leaveNow());
  } catch (error) {
    socket.on('error', () => undefined);
    socket.end(`${JSON.stringify({ error: String(error) })}\n`);
  }
}

async function handle(supervisor: Supervisor, request: ControlRequest): Promise<string[]> {
  switch (request.op) {
    case 'status':
      return [];
    case 'start':
      return supervisor.start(request.specs);
    case 'restart':
      return supervisor.restart(request.specs);
    case 'stop':
      return supervisor.stop(request.names);
    case 'shutdown':
      return supervisor.shutdown();
  }
}

function leave(socketPath: string): void {
  rmSync(socketPath, { force: true });
  process.exit(0);
}
