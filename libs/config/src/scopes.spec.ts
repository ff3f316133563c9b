import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readScopes, type ScopeTexts } from './scopes.js';

const schema = z.strictObject({
  readOnly: z.boolean().default(false),
  timeoutMs: z.int().min(100).default(5_000),
  hosts: z.array(z.string()).default([]),
});
const read = (texts: ScopeTexts) => readScopes(schema, texts);

describe('settings of several scopes', () => {
  it('CFG-6: are those of the most particular scope, key by key', () => {
    const all = { global: 'timeoutMs: 100\nhosts: [a]', environment: 'timeoutMs: 200', service: 'timeoutMs: 300' };
    expect(read({ ...all, instance: 'timeoutMs: 400' })).toEqual({
      values: { readOnly: false, timeoutMs: 400, hosts: ['a'] },
      from: { hosts: 'global', timeoutMs: 'instance' },
      locked: {},
    });
    expect(read(all).values.timeoutMs).toBe(300);
    expect(read({ ...all, service: '' }).values.timeoutMs).toBe(200);
    expect(read({}).values).toEqual({ readOnly: false, timeoutMs: 5_000, hosts: [] });
  });

  it('CFG-5: a text that cannot be read is refused by its line, and nothing of it is shown', () => {
    const text = 'readOnly: true\nclientSecret: "top-secret\n';
    expect(() => read({ service: text })).toThrow(/^line \d+: /);
    expect(() => read({ global: text })).toThrow(/^global, line \d+: /);
    expect(() => read({ service: text })).not.toThrow(/top-secret/);
    expect(() => read({ service: 'a: 1\na: top-secret' })).not.toThrow(/top-secret/);
  });

  it('CFG-6: lists and the like are replaced whole', () =>
    expect(read({ global: 'hosts: [a, b]', service: 'hosts: [c]' }).values.hosts).toEqual(['c']));

  it('CFG-6: a scope above a service may hold what is not for it, a service may not', () => {
    expect(read({ global: 'returnDays: 3\nreadOnly: true' }).values.readOnly).toBe(true);
    expect(() => read({ service: 'returnDays: 3' })).toThrow(/returnDays/);
    expect(() => read({ instance: 'returnDays: 3' })).toThrow(/^instance, line 1: .*returnDays/);
  });

  it.each(['environment', 'service', 'instance'] as const)('CFG-6: what global has locked, %s may not set', (scope) =>
    expect(() => read({ global: 'locked: [readOnly]', [scope]: 'timeoutMs: 100\nreadOnly: true' })).toThrow(
      new RegExp(`setting-locked: .*line 2, readOnly: global has locked it$`),
    ),
  );

  it('CFG-6: a lock is for those below: who has it may set the key, and who does not set it is free', () => {
    const { values, locked } = read({ environment: 'readOnly: true\nlocked: [readOnly, returnDays]', service: '' });
    expect([values.readOnly, locked]).toEqual([true, { readOnly: 'environment', returnDays: 'environment' }]);
    expect(read({ global: 'readOnly: true', environment: 'locked: [readOnly]' }).values.readOnly).toBe(true);
    expect(() => read({ service: 'locked: [timeoutMs]', instance: 'timeoutMs: 200' })).toThrow('service has locked it');
    // The first lock is the one that holds.
    expect(read({ global: 'locked: [readOnly]', environment: 'locked: [readOnly]' }).locked.readOnly).toBe('global');
  });

  it.each([
    [{ global: 'timeoutMs: 5' }, /^global, line 1, timeoutMs: /],
    [{ global: '# ours\ntimeoutMs: 5', service: 'readOnly: true' }, /^global, line 2, timeoutMs: /],
    [{ global: 'timeoutMs: 5', service: '# ours\n\ntimeoutMs: 7' }, /^line 3, timeoutMs: /],
    [{ service: 'locked: readOnly' }, /^line 1, locked: expected a list of keys/],
    [{ global: '- a\n- b' }, /^global, line 1: expected keys and values/],
    [{ instance: 'readOnly: true\nreadOnly: false' }, /unique/i],
  ])('CFG-5, CFG-6: of %j it is said where the mistake is', (texts, said) => expect(() => read(texts)).toThrow(said));
});
