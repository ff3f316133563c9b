import { describe, expect, it } from '@jest/globals';
import { FAULTS } from './faults.ts';
import { faultOf } from './fault-of.mother.ts';
import { undoOf } from './undos.ts';

const says = (kind: string, parameters: unknown): string => faultOf(kind).read(parameters).says;

describe('faults of processes and of load say what they do', () => {
  it.each([
    ['process-kill', { process: 'kafka' }, 'kill -9 of kafka'],
    [
      'process-kill',
      { process: ['order', 'inventory'], choose: 1, every: '5s' },
      'kill -9 of one of order, inventory every 5 s',
    ],
    ['process-stop', { process: 'order' }, 'order stopped'],
    ['process-stop', { process: 'order', how: 'kill' }, 'order killed and kept away'],
    ['process-pause', { process: ['postgres', 'order-2'] }, 'postgres and order-2 frozen'],
    ['restart-rolling', { process: ['a', 'b'], rounds: 2 }, 'a and b restarted one after the other, 2 times'],
    ['power-cut', {}, 'kill -9 of everything at once'],
    ['crash-loop', { process: 'order', lives: '500ms' }, 'order dies 500 ms after each start'],
    [
      'cpu-stress',
      { process: 'catalog', percent: 50 },
      'event loop of catalog blocked 50 % of the time, 200 ms at a stretch',
    ],
    ['cpu-stress', { workers: 3 }, '3 processes that compute beside the shop'],
    ['memory-limit', { process: 'order' }, 'order gets no more memory'],
    ['memory-limit', { process: 'order', room: -8 }, 'order may have 8 MiB less memory than it has'],
    [
      'memory-limit',
      { process: 'order', room: 20, everyLife: true },
      'order gets only 20 MiB more memory, in every life',
    ],
    ['fd-limit', { process: 'gateway', room: 5 }, 'gateway opens only 5 more files and sockets'],
    ['time-skew', { process: 'order', seconds: -600 }, 'the clock of order 600 s behind'],
    [
      'failpoint',
      { process: 'order', arm: 'a.b=crash@3,c=sleep:20', again: '2s' },
      'failpoint a.b=crash@3, c=sleep:20 in order, again every 2 s',
    ],
    ['replica', { process: 'order' }, 'a second order'],
    ['variant', { process: 'gateway', variants: ['breaker-off'] }, 'gateway with breaker-off'],
    [
      'thundering-herd',
      { clients: 100, path: '/api/home', waves: 3 },
      '100 clients ask for /api/home at once, 3 times, every 2 s',
    ],
    [
      'retry-storm',
      { clients: 5, path: '/api/x' },
      '5 clients ask for /api/x, up to 10 times without a pause where it fails',
    ],
    ['slowloris', { sockets: 300, part: 'body' }, '300 connections that send their body a few bytes every 1 s'],
    ['idle-callers', { connections: 9, idle: '4s' }, '9 connections that are silent for 4 s ± 100 ms between requests'],
    [
      'order-rush',
      { buyers: 9, units: 1, waves: 2 },
      '9 buyers order the same thing at once, of which there are 1, 2 times, every 2 s',
    ],
    ['flood', { perSecond: 200, path: '/api/x' }, 'flood asks for /api/x 200 times a second'],
  ])('%s %j', (kind, parameters, said) => {
    expect(says(kind, parameters)).toBe(said);
  });

  it.each([
    ['process-kill', {}],
    ['process-kill', { process: 'order', every: '100ms' }],
    ['process-kill', { process: 'order', choose: 0 }],
    ['process-kill', { process: 'order', signal: 'TERM' }],
    ['process-stop', { process: 'order', how: 'gently' }],
    ['process-pause', { process: [] }],
    ['power-cut', { process: 'order' }],
    ['crash-loop', { process: 'order', lives: '31s' }],
    ['cpu-stress', { process: 'order', workers: 2 }],
    ['cpu-stress', { process: 'order', percent: 0 }],
    ['cpu-stress', { process: 'order', block: '21s' }],
    ['cpu-stress', { workers: 33 }],
    ['memory-limit', { process: 'order', room: -1_025 }],
    ['fd-limit', { process: 'order', room: 0.5 }],
    ['time-skew', { process: 'order', seconds: 86_401 }],
    ['failpoint', { process: 'order', arm: 'a.b=explode' }],
    ['failpoint', { process: 'order', arm: 'a.b=throw,' }],
    ['failpoint', { process: 'order', arm: '' }],
    ['variant', { process: 'order', variants: [] }],
    ['thundering-herd', { clients: 1_001 }],
    ['thundering-herd', { clients: 10, path: 'http://example.com/' }],
    ['retry-storm', { clients: 1, tries: 21 }],
    ['slowloris', { sockets: 2_001 }],
    ['idle-callers', { connections: 301 }],
    ['order-rush', { buyers: 301, units: 1 }],
    ['order-rush', { buyers: 2, units: 0 }],
    ['flood', { perSecond: 1_001 }],
    ['flood', { perSecond: 10, as: 'A B' }],
  ])('%s refuses %j', (kind, parameters) => {
    expect(() => faultOf(kind).read(parameters)).toThrow();
  });
});

describe('the list of faults', () => {
  it('has each kind once', () => {
    const kinds = FAULTS.map(({ kind }) => kind);
    expect(new Set(kinds).size).toBe(kinds.length);
  });

  it('says what there is where a name is wrong', () => {
    expect(() => faultOf('process-hug')).toThrow(/no fault "process-hug"; there are .*process-kill/);
    expect(() => undoOf('hug')).toThrow(/no way back "hug"; there are .*start-process/);
  });
});
