import { describe, expect, it } from '@jest/globals';
import { Store } from './store.js';

const storeAt = (most?: number) => {
  const clock = { now: 1_000_000 };
  return { clock, store: new Store(() => clock.now, most) };
};

describe('the memory of the provider', () => {
  it('forgets in time', async () => {
    const { clock, store } = storeAt();
    const codes = store.adapter('AuthorizationCode');
    await codes.upsert('1', { accountId: 'alice' }, 60);
    clock.now += 59_999;
    expect(await codes.find('1')).toEqual({ accountId: 'alice' });
    clock.now += 1;
    expect([await codes.find('1'), store.size]).toEqual([undefined, 0]);
  });

  it('keeps kinds apart', async () => {
    const { store } = storeAt();
    await store.adapter('Session').upsert('1', { accountId: 'alice' }, 60);
    expect(await store.adapter('RefreshToken').find('1')).toBeUndefined();
  });

  it('finds sessions by uid and devices by their code, until they go', async () => {
    const { store } = storeAt();
    const [sessions, devices] = [store.adapter('Session'), store.adapter('DeviceCode')];
    await sessions.upsert('1', { uid: 'u', accountId: 'alice' }, 60);
    await devices.upsert('2', { userCode: 'ABCD' }, 60);
    expect([await sessions.findByUid('u'), await devices.findByUserCode('ABCD')]).toMatchObject([
      { accountId: 'alice' },
      { userCode: 'ABCD' },
    ]);
    await sessions.upsert('1', { uid: 'v' }, 60);
    await devices.destroy('2');
    expect([await sessions.findByUid('u'), await devices.findByUserCode('ABCD')]).toEqual([undefined, undefined]);
    expect(await sessions.findByUid('v')).toEqual({ uid: 'v' });
  });

  it('remembers what was used', async () => {
    const { store } = storeAt();
    const codes = store.adapter('AuthorizationCode');
    await codes.upsert('1', { accountId: 'alice' }, 60);
    await codes.consume('1');
    expect(await codes.find('1')).toMatchObject({ consumed: 1_000 });
    await codes.consume('none');
  });

  it('revokes what a grant led to, of one kind', async () => {
    const { store } = storeAt();
    const [codes, tokens] = [store.adapter('AuthorizationCode'), store.adapter('RefreshToken')];
    await codes.upsert('1', { grantId: 'g' }, 60);
    await tokens.upsert('2', { grantId: 'g' }, 60);
    await tokens.upsert('3', { grantId: 'h' }, 60);
    await tokens.revokeByGrantId('g');
    expect([await codes.find('1'), await tokens.find('2'), await tokens.find('3')]).toEqual([
      { grantId: 'g' },
      undefined,
      { grantId: 'h' },
    ]);
  });

  it('does not grow for ever: what has ended goes first, then what is oldest', async () => {
    const { clock, store } = storeAt(10);
    const grants = store.adapter('Grant');
    await grants.upsert('lasting', {}, 1_000);
    for (let index = 0; index < 9; index += 1) await grants.upsert(`short-${index}`, {}, 10);
    clock.now += 10_000;
    await grants.upsert('one more', {}, 1_000);
    expect([store.size, await grants.find('lasting')]).toEqual([2, {}]);
    for (let index = 0; index < 30; index += 1) await grants.upsert(`long-${index}`, {}, 1_000);
    expect(store.size).toBeLessThanOrEqual(10);
    expect([await grants.find('lasting'), await grants.find('long-29')]).toEqual([undefined, {}]);
  });
});
