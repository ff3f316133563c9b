import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiServer } from './api-server.fixture.js';
import { KubernetesLease } from './kubernetes-lease.js';
import { leaseSuite } from './lease.suite.js';

const api = new ApiServer();
const open: KubernetesLease[] = [];
let server = '';
beforeAll(async () => {
  server = await api.open();
});
afterAll(async () => {
  await Promise.all(open.map((lease) => lease.close()));
  await api.close();
});

function member(name: string, holder: string, ttlMs: number): KubernetesLease {
  const lease = new KubernetesLease({ server, credentials: api.credentials, name, holder, ttlMs });
  open.push(lease);
  return lease;
}

leaseSuite('Kubernetes', member);

describe('a Lease object', () => {
  it('LDR-9: holds who leads since when, and nothing else', async () => {
    await member('shown', 'pod-1', 6_000).acquire(0);
    expect(api.leases.get('shown')?.spec).toEqual({
      holderIdentity: 'pod-1',
      leaseDurationSeconds: 6,
      leaseTransitions: 1,
      acquireTime: expect.any(String),
      renewTime: expect.any(String),
    });
  });

  it('keeps what others have written into it', async () => {
    const lease = member('annotated', 'pod-1', 6_000);
    const term = (await lease.acquire(0)) ?? { epoch: -1 };
    const stored = api.leases.get('annotated');
    if (!stored) throw new Error('no lease');
    api.leases.set('annotated', {
      ...stored,
      metadata: { ...stored.metadata, annotations: { by: 'hand' } } as typeof stored.metadata,
    });
    expect(await lease.renew(term)).toBe(true);
    expect(api.leases.get('annotated')?.metadata).toMatchObject({ annotations: { by: 'hand' } });
  });

  it('is judged by what this process has seen, not by anybody’s clock', async () => {
    const [holder, other] = [member('clock', 'a', 1_000), member('clock', 'b', 1_000)];
    await holder.acquire(0);
    const stored = api.leases.get('clock');
    if (!stored) throw new Error('no lease');
    api.leases.set('clock', { ...stored, spec: { ...stored.spec, renewTime: '2000-01-01T00:00:00.000000Z' } });
    expect(await other.acquire(0)).toBeUndefined();
  });

  it('LDR-6: is nobody’s to have while the API server refuses, and says why', async () => {
    api.failsWith = 403;
    await expect(member('refused', 'a', 1_000).acquire(0)).rejects.toThrow(
      'GET of lease shop/refused was answered 403',
    );
    api.failsWith = undefined;
  });

  it('is asked for with the token of now: the kubelet replaces it', async () => {
    const lease = member('rotated', 'a', 6_000);
    await writeFile(join(api.credentials, 'token'), 'another');
    await expect(lease.acquire(0)).rejects.toThrow('401');
    await writeFile(join(api.credentials, 'token'), api.token);
    expect(await lease.acquire(0)).toEqual({ epoch: 1 });
  });
});
