import { describe, expect, it } from '@jest/globals';
import { muteTimeoutWarning } from './kafkajs-driver.js';

describe('muteTimeoutWarning', () => {
  it('swallows the one warning that kafkajs causes on Node 24 and no other', () => {
    const emitted: unknown[] = [];
    const target = { emitWarning: (...args: unknown[]) => void emitted.push(args) } as unknown as NodeJS.Process;
    muteTimeoutWarning(target);
    target.emitWarning('-3 is a negative number', 'TimeoutNegativeWarning');
    target.emitWarning('something else', 'DeprecationWarning');
    expect(emitted).toEqual([['something else', 'DeprecationWarning']]);
  });
});
