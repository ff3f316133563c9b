import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { askSupervisor } from './control.ts';

describe('a supervisor that dies while it is asked', () => {
  let folder: string;
  let server: Server;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'souk-control-'))));
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  it.each<[string, boolean, (socket: Socket) => void]>([
    ['before it has read the question', true, (socket) => setTimeout(() => socket.destroy(), 50)],
    ['before it has answered', false, (socket) => socket.once('data', () => socket.destroy())],
  ])('is none: %s', async (_when, pauseOnConnect, dies) => {
    const path = join(folder, 'supervisor.sock');
    server = createServer({ pauseOnConnect }, dies).listen(path);
    await once(server, 'listening');
    expect(await askSupervisor(path, { op: 'status' })).toBeUndefined();
  });
});
