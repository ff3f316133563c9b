import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { endMarked } from '../faults/marks.ts';
import type { Target } from '../target/target.ts';
import { journalOf } from './undoing.ts';

const dir = mkdtempSync(join(tmpdir(), 'souk-undoing-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** Nobody carries these marks: as if whoever did had died. */
async function goneOf(...waysBack: ReturnType<typeof endMarked>[]): Promise<string[]> {
  const gone: string[] = [];
  const journal = journalOf({ dir }, () => ({}) as Target, { gone: ({ says }) => gone.push(says) });
  for (const wayBack of waysBack) await journal.part('fault').before(wayBack);
  await journal.undo();
  journal.close();
  return gone;
}

describe('what a run has put beside the shop', () => {
  it('is named where it is not there any more when it is to be undone', async () =>
    expect(await goneOf(endMarked('undoing-spec/order-2', 'end order-2'))).toEqual(['end order-2']));

  it('is not where it was to end by itself', async () =>
    expect(await goneOf(endMarked('undoing-spec/order-2', 'end order-2', { mayEnd: true }))).toEqual([]));

  it('is named each time where it was put there anew', async () => {
    const replica = endMarked('undoing-spec/order-2', 'end order-2');
    const gone: string[] = [];
    const journal = journalOf({ dir }, () => ({}) as Target, { gone: ({ says }) => gone.push(says) });
    for (const part of ['first', 'second']) {
      await journal.part(part).before(replica);
      await journal.part(part).undo();
    }
    journal.close();
    expect(gone).toEqual(['end order-2', 'end order-2']);
  });

  it('is named once where two faults have put it there', async () => {
    const twice = endMarked('undoing-spec/proxy', 'end the proxy');
    expect(await goneOf(twice, twice)).toEqual(['end the proxy']);
  });
});
