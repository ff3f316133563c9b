import { describe, expect, it } from '@jest/globals';
import { openHandlesIn } from './open-handles.ts';

const open = { is_active: true, is_referenced: true };

describe('what keeps a process from ending', () => {
  it('is named by where it leads', () => {
    const libuv = [
      {
        ...open,
        type: 'tcp',
        localEndpoint: { ip4: '127.0.0.1', port: 4_000 },
        remoteEndpoint: { ip4: '10.0.0.1', port: 9_092 },
      },
      { ...open, type: 'tcp', localEndpoint: { ip6: '::1', port: 4_000 }, remoteEndpoint: null },
      { ...open, type: 'process', pid: 17 },
      { ...open, type: 'timer' },
    ];
    expect(openHandlesIn({ libuv })).toEqual(['tcp to 10.0.0.1:9092', 'tcp on [::1]:4000', 'process 17', 'timer']);
  });

  it('is neither what is closed, nor what nobody waits for, nor the loop itself', () => {
    const libuv = [
      { ...open, type: 'tcp', is_active: false },
      { ...open, type: 'tcp', is_referenced: false },
      { ...open, type: 'loop' },
    ];
    expect(openHandlesIn({ libuv })).toEqual([]);
  });

  it('is not known without a report', () => expect(openHandlesIn(undefined)).toEqual([]));
});
