import { describe, expect, it } from '@jest/globals';
import { startHealed } from './start-healed.ts';

/** A shop that comes up at its nth start, and an experiment whose faults are undone at the nth attempt. */
function shop({ isThere = true, upAt = 1, undoneAt = 1 } = {}) {
  const log: string[] = [];
  let [starts, undos] = [0, 0];
  const start = async () => {
    log.push('start');
    if (++starts < upAt) throw new Error('order is not ready');
    return 'up';
  };
  const undo = async () => {
    log.push('undo');
    undos += 1;
    if (undos < undoneAt) throw new Error('"restore gateway.yaml" failed');
    return undos === undoneAt ? ['restore gateway.yaml'] : [];
  };
  const run = () => startHealed({ isThere, undo }, start, (line) => log.push(line.trim()));
  return { log, run };
}
const UNDONE = '✔ undone, after an experiment that had died: restore gateway.yaml';

describe('./souk up of a shop on which an experiment died', () => {
  it('undoes it, and says so', async () => {
    const { log, run } = shop();
    expect(await run()).toBe('up');
    expect(log).toEqual(['start', 'undo', UNDONE]);
  });

  it('undoes it first where the shop does not come up with it', async () => {
    const { log, run } = shop({ upAt: 2 });
    expect(await run()).toBe('up');
    expect(log).toEqual(['start', 'undo', UNDONE, 'start', 'undo']);
  });

  it('says what could not be undone, and what tries again', async () => {
    const { log, run } = shop({ undoneAt: 9 });
    expect(await run()).toBe('up');
    expect(log.at(-1)).toContain('"restore gateway.yaml" failed; ./souk chaos halt tries again');
  });

  it('fails as ever where that does not help', async () => {
    await expect(shop({ upAt: 9 }).run()).rejects.toThrow('order is not ready');
  });

  it('is started as ever where nothing was left', async () => {
    const { log, run } = shop({ isThere: false });
    expect(await run()).toBe('up');
    expect(log).toEqual(['start']);
  });
});
