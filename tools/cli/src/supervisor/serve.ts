import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { askSupervisor, readLine } from './control.ts';
import type { ControlAnswer, ControlRequest } from './control.ts';
import { Supervisor } from './supervisor.ts';
import { socketFile } from './state.ts';

// Imports stay few on purpose: this process lives as long as the shop and should cost little memory.

/** Serves one instance until it is told to shut down; leaves at once if another supervisor already does. */
export async function superviseInstance(instanceDir: string): Promise<void> {
  const socketPath = socketFile(instanceDir);
  if (await askSupervisor(socketPath, { op: 'status' })) return;
  const supervisor = new Supervisor(instanceDir, ({ process: name, how, restartInMs }) => {
    console.log(
      JSON.stringify({ time: new Date().toISOString(), level: 'warn', msg: `${name} died: ${how}`, restartInMs }),
    );
  });
  rmSync(socketPath, { force: true });
  const server = createServer((socket) => void serve(socket, supervisor, () => leave(socketPath)));
  server.listen(socketPath, () => {
    chmodSync(socketPath, 0o600);
    supervisor.resume();
  });
}

async function serve(socket: Socket, supervisor: Supervisor, leaveNow: () => void): Promise<void> {
  try {
    const request = JSON.parse(await readLine(socket)) as ControlRequest;
    const answer: ControlAnswer = {
      supervisorPid: process.pid,
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
