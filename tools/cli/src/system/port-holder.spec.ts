import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { holderOf, listeningInodes, portIsFree } from './port-holder.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5551 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 5552 1 0 20 4 30 10 -1`;

describe('who holds a port', () => {
  it('finds listening sockets, not connections, in the kernel table', () => {
    expect(listeningInodes(TABLE, 8080)).toEqual(['5551']);
    expect(listeningInodes(TABLE, 8081)).toEqual([]);
  });

  it('names the process', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await portIsFree(port)).toBe(false);
    expect(holderOf(port)).toContain(`pid ${process.pid} (`);
    await new Promise((resolve) => server.close(resolve));
    expect(await portIsFree(port)).toBe(true);
  });
});
