import { beforeEach, describe, expect, it } from '@jest/globals';
import { AsOf, type ProgressDocument } from './as-of.js';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 12, 0, seconds));

describe('asOf', () => {
  let board: ProgressDocument[];
  let own: Date | undefined;
  let now: Date;
  let complete: boolean;

  /** The board as a collection, as far as it is used. */
  const progress = {
    updateOne: async (
      { _id }: { _id: string },
      { $set }: { $set: Omit<ProgressDocument, '_id'> },
      { upsert = false } = {},
    ) => {
      const known = board.find((report) => report._id === _id);
      if (known === undefined && !upsert) return;
      board = [...board.filter((report) => report !== known), { ...known, _id, ...$set }];
    },
    find: () => ({ toArray: async () => board }),
    deleteMany: async ({ _id }: { _id: { $in: string[] } }) => {
      board = board.filter((report) => !_id.$in.includes(report._id));
    },
  };
  const open = async (): Promise<AsOf> => {
    const asOf = new AsOf({
      self: 'me',
      views: { recent: async () => ({ _id: 'views', active: 'a', building: null, complete, format: 2, salt: 's' }) },
      progress: progress as never,
      lag: () => ({ messages: new Map(), asOf: own }),
      now: () => now,
      logger: { debug: () => undefined },
    });
    await asOf.start();
    await asOf.stop();
    return asOf;
  };
  const report = (_id: string, asOf: Date | null, reportedAt: Date): ProgressDocument => ({ _id, asOf, reportedAt });

  beforeEach(() => {
    board = [];
    own = at(50);
    now = at(60);
    complete = true;
  });

  it('is one’s own where nobody else reads', async () => expect((await open()).value()).toEqual(at(50)));

  it('is that of whoever is furthest behind', async () => {
    board = [report('other', at(40), at(59)), report('third', at(45), at(58))];
    expect((await open()).value()).toEqual(at(40));
  });

  it('does not wait for one that has fallen silent', async () => {
    board = [report('killed', at(10), at(40))];
    expect((await open()).value()).toEqual(at(50));
    expect(board.map(({ _id }) => _id)).toEqual(['me']);
  });

  it('begins with what was true before the start, and says no more until everything was read once', async () => {
    board = [report('before', at(30), new Date(0)), report('beside', at(35), new Date(0))];
    own = undefined;
    const asOf = await open();
    expect(asOf.value()).toEqual(at(30));
    expect(board.map(({ _id }) => _id)).toEqual(['before', 'beside', 'me']);
    own = at(55);
    expect(asOf.value()).toEqual(at(55));
  });

  it('stays where it is while one that runs cannot say how far it is', async () => {
    board = [report('other', at(40), at(59))];
    const asOf = await open();
    expect(asOf.value()).toEqual(at(40));
    board = [report('other', at(50), at(60)), report('joining', null, at(60))];
    own = at(55);
    await asOf.start();
    await asOf.stop();
    expect(asOf.value()).toEqual(at(40));
  });

  it('is told to the others although it is not known', async () => {
    own = undefined;
    const asOf = await open();
    await asOf.start();
    expect(board).toContainEqual(report('me', null, at(60)));
    await asOf.stop();
  });

  it('begins with what was true before where several start together', async () => {
    board = [report('before', at(30), new Date(0)), report('joining', null, at(59))];
    own = undefined;
    expect((await open()).value()).toEqual(at(30));
    board = [report('knows', at(45), at(59)), report('joining', null, at(59))];
    expect((await open()).value()).toEqual(new Date(0));
  });

  it('promises nothing where nothing is known', async () => {
    own = undefined;
    expect((await open()).value()).toEqual(new Date(0));
  });

  it('never goes back', async () => {
    const asOf = await open();
    asOf.value();
    own = at(20);
    expect(asOf.value()).toEqual(at(50));
  });

  it('promises nothing while the views lack something', async () => {
    const asOf = await open();
    expect(await asOf.age()).toEqual({ asOf: at(50).toISOString() });
    complete = false;
    expect(await asOf.age()).toEqual({ asOf: '1970-01-01T00:00:00.000Z', rebuilding: true });
  });
});
