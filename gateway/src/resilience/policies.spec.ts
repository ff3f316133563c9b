import { describe, expect, it, jest } from '@jest/globals';
import { type GatewaySettings, serviceSettings } from '@souk/contracts';
import { healthOf, Policies } from './policies.js';

const settingsOf = (given: Partial<GatewaySettings> = {}): GatewaySettings => serviceSettings.gateway.parse(given);
const logger = { info: () => undefined, warn: () => undefined };
const down = (): Promise<never> => Promise.reject(new Error('down'));

describe('the policies of the services', () => {
  it('CB-12: are two for each version, by name', () => {
    const policies = new Policies({ settings: { value: settingsOf() }, logger });
    policies.open('catalog');
    const canary = policies.open('catalog v2');
    expect([...policies.all().keys()]).toEqual(['catalog', 'catalog-waiting', 'catalog-v2', 'catalog-v2-waiting']);
    policies.close(canary);
    expect(policies.all().size).toBe(2);
  });

  it('are those of the newest version of a name, while the one before it drains', () => {
    const policies = new Policies({ settings: { value: settingsOf() }, logger });
    const [before, after] = [policies.open('catalog'), policies.open('catalog')];
    expect(policies.all().get('catalog')).toBe(after.short);
    policies.close(before);
    expect(policies.all().get('catalog')).toBe(after.short);
  });

  it('follow live settings: limits change while calls are under way', async () => {
    let change: (next: GatewaySettings) => void = () => undefined;
    const settings = { value: settingsOf(), onChange: (listener: typeof change) => void (change = listener) };
    const { short } = new Policies({ settings, logger }).open('catalog');
    const fail = () => short.execute(down).catch(() => undefined);
    for (let call = 0; call < 5; call++) await fail();
    expect(short.state().circuit).toBe('closed');
    change(settingsOf({ breakerMinimumCalls: 6, bulkheadPlaces: 1, bulkheadQueue: 0 }));
    await fail();
    expect(short.state().circuit).toBe('open');
    short.circuit?.reset();
    void short.execute(() => new Promise(() => undefined), { timeoutMs: 50 }).catch(() => undefined);
    await expect(short.execute(async () => 1)).rejects.toMatchObject({ code: 'upstream-overloaded' });
  });

  it('CB-8: ask a service whose circuit is open how it is, by setting', async () => {
    jest.useFakeTimers();
    const asked: (readonly string[])[] = [];
    const health = (urls: readonly string[]) => ({
      ask: async () => void asked.push(urls),
      close: async () => undefined,
    });
    const settings = { value: settingsOf({ breakerMinimumCalls: 1 }) };
    const { short } = new Policies({ settings, logger, health }).open('catalog', ['http://a:1']);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(asked).toEqual([]);
    await short.execute(down).catch(() => undefined);
    await jest.advanceTimersByTimeAsync(600);
    expect(asked).toEqual([['http://a:1'], ['http://a:1']]);
    settings.value = settingsOf({ breakerPing: false });
    await jest.advanceTimersByTimeAsync(2_000);
    expect(asked).toHaveLength(2);
    jest.useRealTimers();
  });

  it('CB-8: end their questions with the version', async () => {
    jest.useFakeTimers();
    let [asked, closed] = [0, 0];
    const health = () => ({ ask: async () => void (asked += 1), close: async () => void (closed += 1) });
    const settings = { value: settingsOf({ breakerMinimumCalls: 1 }) };
    const policies = new Policies({ settings, logger, health });
    const pair = policies.open('catalog');
    await pair.short.execute(down).catch(() => undefined);
    await jest.advanceTimersByTimeAsync(600);
    expect([asked, closed]).toEqual([2, 0]);
    policies.close(pair);
    await jest.advanceTimersByTimeAsync(10_000);
    expect([asked, closed, pair.short.state().circuit]).toEqual([2, 1, 'open']);
    jest.useRealTimers();
  });

  it('log what does not close, and go on', async () => {
    const warn = jest.fn();
    const health = () => ({ ask: async () => undefined, close: down });
    const policies = new Policies({ settings: { value: settingsOf() }, logger: { ...logger, warn }, health });
    policies.close(policies.open('catalog v2'));
    await Promise.resolve();
    expect(warn).toHaveBeenCalledWith({ err: new Error('down'), policy: 'catalog-v2' }, expect.any(String));
  });

  it.each([
    [200, undefined],
    [404, undefined],
    [429, undefined],
    [500, undefined],
    [501, undefined],
    [502, { kind: 'busy' }],
    [503, { kind: 'busy' }],
    [504, { kind: 'busy' }],
    [505, undefined],
  ])('CB-5: the health of who answers %i is %j', (status, fault) => expect(healthOf({ status })).toEqual(fault));
});
