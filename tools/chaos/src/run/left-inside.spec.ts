import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { Instance } from '../../../cli/src/instance.ts';
import { writeState } from '../../../cli/src/supervisor/state.ts';
import { bootId, identify } from '../../../cli/src/system/process-identity.ts';
import { setLimit } from '../faults/resource-limits.ts';
import { armedFailpoints, loweredIn, loweredLimits } from './left-inside.ts';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max data size             unlimited            unlimited            bytes
Max stack size            8388608              unlimited            bytes
Max open files            524288               524288               files
`;

describe('what faults have changed inside processes', () => {
  it('is a limit that is lower than it may be, of those that faults lower', () => {
    expect(loweredIn(LIMITS)).toEqual([]);
    expect(
      loweredIn(
        LIMITS.replace(
          'unlimited            unlimited            bytes',
          '1048576              unlimited            bytes',
        ),
      ),
    ).toEqual(['max data size is 1048576 of unlimited']);
  });

  it('is found at a process that runs', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'left-inside-'));
    const child = spawn('sleep', ['30']);
    await once(child, 'spawn');
    const identity = identify(child.pid ?? 0) ?? null;
    const record = { spec: { name: 'order' }, identity, wanted: true, restarts: 0 };
    writeState(dir, { bootId: bootId(), processes: [record as never] });
    const before = loweredLimits({ dir });
    await setLimit(child.pid ?? 0, 'data', 1_048_576);
    const after = loweredLimits({ dir });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(after.filter((one) => !before.includes(one))).toEqual([
      'order runs with a limit: max data size is 1048576 of unlimited',
    ]);
    expect(loweredLimits({ dir })).toEqual([]);
    rmSync(dir, { recursive: true });
  });

  it('is a failpoint that is armed', async () => {
    const failpoints = [{ name: 'relay.sent', armed: 'crash' }, { name: 'relay.read' }];
    const server = createServer((_, response) => response.end(JSON.stringify({ failpoints })));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    // One service answers; a port that nobody has is one that is away.
    const management = new Proxy({}, { get: (_, name) => (name === 'order' ? port : 1) });
    const found = await armedFailpoints({ ports: { management } } as Pick<Instance, 'ports'>);
    server.closeAllConnections();
    server.close();
    expect(found).toEqual(['failpoint relay.sent of order is armed: crash']);
  });
});
