import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Overlaid } from './overlaid.ts';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'overlaid-'))));
afterEach(() => rmSync(dir, { recursive: true }));

/** As another process would have it: what there is to know lies on disk. */
const order = () => new Overlaid({ dir }, 'order');
const [first, second] = [
  { before: 'how it was', wrote: 'one' },
  { before: 'one', wrote: 'two' },
];

describe('changes of one document that lie one over the other', () => {
  beforeEach(() => {
    order().push(first);
    order().push(second);
  });

  it('undone from the top, each restores what it has found', () => {
    expect(order().under(second)).toMatchObject({ before: 'one' });
    order().drop(second);
    expect(order().under(first)).toMatchObject({ before: 'how it was' });
  });

  it('undone from the bottom, the last one to go restores what no fault has written', () => {
    expect(order().under(first)).toBeUndefined();
    order().drop(first);
    expect(order().under(second)).toMatchObject({ before: 'how it was' });
  });

  it('undoing that is broken off before it is done finds the same again', () => {
    order().drop(first);
    for (const _ of ['broken off', 'again']) expect(order().under(second)).toMatchObject({ before: 'how it was' });
  });

  it('one that was dropped already changes nothing for the other', () => {
    for (const _ of ['once', 'twice']) order().drop(first);
    expect(order().under(second)).toMatchObject({ before: 'how it was' });
  });
});
