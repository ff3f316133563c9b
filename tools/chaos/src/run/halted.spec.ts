import { EventEmitter } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import { haltedBySignal } from './halted.ts';

/** What becomes of a process that hears these one after the other. */
function hearing(...signals: NodeJS.Signals[]): { isHalted: boolean; exits: unknown[] } {
  const exits: unknown[] = [];
  const exit = ((code: unknown) => exits.push(code)) as unknown as NodeJS.Process['exit'];
  const process = Object.assign(new EventEmitter(), { exit });
  const silent = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const halted = haltedBySignal(process);
  for (const signal of signals) process.emit(signal);
  silent.mockRestore();
  return { isHalted: halted.aborted, exits };
}

describe('a run that is stopped by hand', () => {
  it.each<NodeJS.Signals>(['SIGINT', 'SIGTERM', 'SIGHUP'])('undoes everything on %s', (signal) =>
    expect(hearing(signal)).toEqual({ isHalted: true, exits: [] }),
  );

  it.each<NodeJS.Signals[][]>([
    [['SIGTERM', 'SIGTERM', 'SIGTERM']],
    [['SIGINT', 'SIGTERM']],
    [['SIGTERM', 'SIGINT']],
    [['SIGINT', 'SIGHUP']],
  ])('goes on undoing on %j', (signals) => expect(hearing(...signals).exits).toEqual([]));

  it('leaves at once on a second Ctrl-C', () => expect(hearing('SIGTERM', 'SIGINT', 'SIGINT').exits).toEqual([130]));
});
