import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Access, AccessLog } from './access-log.js';

const access: Access = {
  method: 'GET',
  route: '/api/products/:id',
  status: 200,
  ms: 1.2345,
  bytes: 345,
  caller: 'alice',
  correlationId: 'tour-1',
  complete: true,
};

describe('the access log', () => {
  const settings = { value: { accessLogPercent: 100 } as { accessLogPercent: number; logLevel?: string } };
  let written: string[];
  let luck: number;
  let log: AccessLog;
  const open = (secret = 's') =>
    new AccessLog(settings, {
      name: 'gateway',
      level: 'info',
      secret,
      write: (lines) => written.push(lines),
      random: () => luck,
      now: () => 0,
    });
  beforeEach(() => {
    jest.useFakeTimers();
    [written, luck] = [[], 0.5];
    settings.value = { accessLogPercent: 100 };
    log = open();
  });
  afterEach(() => void jest.useRealTimers());
  const lines = () => written.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line));

  it('OFF-4 has one line of JSON for a request, and no name of who called', () => {
    log.note(access);
    log.flush();
    const caller = expect.stringMatching(/^[\w-]{12}$/);
    const { complete: _complete, ...told } = access;
    expect(lines()).toEqual([
      { ...told, level: 30, time: '1970-01-01T00:00:00.000Z', name: 'gateway', msg: 'access', ms: 1.2, caller },
    ]);
    expect(written[0]?.endsWith('}\n')).toBe(true);
    expect(written.join()).not.toContain('alice');
  });

  it('OFF-4 leaves out what is not known, and says when the caller hung up', () => {
    log.note({ ...access, bytes: undefined, correlationId: undefined, complete: false });
    log.flush();
    expect(lines()[0]).toMatchObject({ gone: true });
    expect(lines()[0]).not.toHaveProperty('bytes');
    expect(lines()[0]).not.toHaveProperty('correlationId');
  });

  it('OFF-4 names a caller by a hash that is the same in every replica, and for nobody else', () => {
    const hash = (caller: string, secret?: string) => {
      written = [];
      log = open(secret);
      log.note({ ...access, caller });
      log.flush();
      return lines()[0].caller;
    };
    expect(hash('alice')).toBe(hash('alice'));
    expect(hash('alice')).not.toBe(hash('bob'));
    expect(hash('alice')).not.toBe(hash('alice', 'other'));
  });

  it('OFF-4 writes many lines at once: when there are enough, or after a while', () => {
    log.note(access);
    log.note(access);
    expect(written).toEqual([]);
    jest.advanceTimersByTime(250);
    expect([written.length, lines().length]).toEqual([1, 2]);
    for (let n = 0; n < 200; n++) log.note(access);
    expect(written.length).toBeGreaterThan(1);
    jest.advanceTimersByTime(250);
    expect(lines()).toHaveLength(202);
    const before = written.length;
    jest.advanceTimersByTime(1_000);
    log.flush();
    expect(written.length).toBe(before);
  });

  it.each<[string, { accessLogPercent: number; logLevel?: string }, boolean[]]>([
    ['all', { accessLogPercent: 100 }, [true, true]],
    ['a share, and every failure', { accessLogPercent: 50 }, [false, true]],
    ['a larger share', { accessLogPercent: 51 }, [true, true]],
    ['none', { accessLogPercent: 0 }, [false, false]],
    ['none at a level above info', { accessLogPercent: 100, logLevel: 'warn' }, [false, false]],
    ['all at a level below', { accessLogPercent: 100, logLevel: 'debug' }, [true, true]],
  ])('OFF-4 wants %s', (_what, value, wanted) => {
    settings.value = value;
    expect([log.wants(404), log.wants(500)]).toEqual(wanted);
  });
});
