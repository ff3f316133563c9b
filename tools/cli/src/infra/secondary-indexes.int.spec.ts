import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Long, ObjectId } from 'mongodb';
import type { Collection, Document, Sort } from 'mongodb';
import { ScratchMongo } from './mongo-server.mother.ts';

/** Repeats a failed run: SOUK_SEED=… in the environment. */
const seed = Number(process.env.SOUK_SEED ?? process.env.SEED ?? Date.now() % 2 ** 31);

const INDEXES: Document[] = [
  { a: 1, b: -1, _id: -1 },
  { b: -1 },
  { a: -1, 'n.x': 1 },
  { 'l.s': 1, b: 1 },
  { t: 1 },
  { b: 1, a: 1, t: 1 },
];

const moment = fc.integer({ min: 0, max: 4 }).map((n) => new Date(1.7e12 + n * 1_000));
const text = fc.constantFrom('', 'a', 'a\u0000', 'a\u0000b', 'aa', 'b', 'é', '\u{1f600}', '\uffff', 'zz');
/** Not NaN, which the server holds for 0 or for the greatest number, depending on what it compares it with. */
const number = fc.constantFrom(
  ...([0, -0, 1, 2, 2.5, -1, 1e12, 1e12 + 0.5, 2 ** 53, -1e300, Infinity, -Infinity] as const),
  Long.fromString('9007199254740993'),
);
const scalar = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 3 }), weight: 6 },
  { arbitrary: text, weight: 3 },
  { arbitrary: moment, weight: 3 },
  { arbitrary: number, weight: 2 },
  fc.constant(null),
  fc.boolean(),
  fc.constantFrom(new ObjectId('65f000000000000000000001'), new ObjectId('65f000000000000000000002')),
);
const part = fc.record({ s: scalar, q: scalar }, { requiredKeys: [] });
const anything = fc.oneof({ arbitrary: scalar, weight: 20 }, fc.array(scalar, { maxLength: 3 }), part);
const calm = fc.record(
  { a: scalar, b: fc.oneof(moment, fc.integer({ min: 0, max: 3 })), n: fc.record({ x: scalar }), t: scalar },
  { requiredKeys: [] },
);
const wild = fc.record(
  {
    a: scalar,
    b: fc.oneof(moment, scalar),
    n: fc.oneof(fc.record({ x: scalar }), scalar),
    l: fc.oneof(fc.array(fc.oneof(part, scalar), { maxLength: 3 }), part, scalar),
    t: anything,
  },
  { requiredKeys: [] },
);

const bound = fc.constantFrom('$gt', '$gte', '$lt', '$lte', '$eq');
const condition = fc.oneof(
  { arbitrary: scalar as fc.Arbitrary<unknown>, weight: 5 },
  { arbitrary: fc.tuple(bound, scalar).map(([operator, value]) => ({ [operator]: value })), weight: 3 },
  { arbitrary: fc.tuple(scalar, scalar).map(([low, high]) => ({ $gte: low, $lt: high })), weight: 2 },
  { arbitrary: fc.array(scalar, { maxLength: 4 }).map((values) => ({ $in: values })), weight: 3 },
  scalar.map((value) => ({ $ne: value })),
  fc.boolean().map((there) => ({ $exists: there })),
  fc.constant({ $size: 2 }),
  scalar.map((value) => ({ $not: { $gt: value } })),
  scalar.map((value) => ({ $elemMatch: { $gte: value } })),
);
const field = fc.constantFrom('a', 'b', 'n.x', 'l.s', 't', '_id');
const simple = fc.array(fc.tuple(field, condition), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs));
const query = fc.oneof(
  { arbitrary: simple, weight: 6 },
  fc.array(simple, { minLength: 1, maxLength: 2 }).map((parts) => ({ $and: parts })),
  fc
    .tuple(field, scalar, scalar)
    .map(([name, low, high]) => ({ $and: [{ [name]: { $gt: low } }, { [name]: { $lt: high } }] })),
  fc.tuple(simple, simple).map(([one, other]) => ({ ...one, $or: [other, { a: 1 }] })),
);
const order = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'n.x', 't', '_id'), fc.constantFrom(1, -1)), { maxLength: 3 })
  .map((pairs) => Object.fromEntries(pairs) as Record<string, 1 | -1>);
const question = fc.record({
  query,
  order: fc.oneof(
    { arbitrary: order, weight: 3 },
    fc.constantFrom<Record<string, 1 | -1>>({ b: -1, _id: -1 }, { b: 1 }),
  ),
  limit: fc.constantFrom(0, 0, 1, 3, 20),
  skip: fc.constantFrom(0, 0, 2),
});
const change = fc.oneof(
  fc
    .tuple(field, scalar)
    .map(([name, value]) => ({ $set: { [name === '_id' ? 'a' : name.replace('l.s', 'l')]: value } })),
  fc.constantFrom({ $unset: { b: '' } }, { $inc: { version: 1 } }),
  anything.map((value) => ({ $set: { t: value } })),
);

/** The same documents twice: one collection has the indexes, the other is read as a whole for each query. */
interface Twins {
  readonly indexed: Collection;
  readonly plain: Collection;
}

describe(`secondary indexes of the embedded MongoDB-wire server (random seed ${seed})`, () => {
  const server = new ScratchMongo();
  let twins: Twins;

  beforeAll(async () => {
    await server.start();
    const database = server.client.db('twins');
    twins = { indexed: database.collection('indexed'), plain: database.collection('plain') };
    await twins.indexed.createIndexes(INDEXES.map((key) => ({ key: key as Record<string, 1 | -1> })));
  }, 180_000); // the servers may have to be fetched first
  afterAll(() => server.destroy());

  const both = async <T>(work: (collection: Collection) => Promise<T>): Promise<[T, T]> => [
    await work(twins.indexed),
    await work(twins.plain),
  ];

  const fill = async (documents: readonly Document[]) => {
    await both(async (collection) => {
      await collection.deleteMany({});
      const numbered = documents.map((document, at) => ({
        ...document,
        _id: `id-${String(at).padStart(3, '0')}` as never,
      }));
      if (numbered.length > 0) await collection.insertMany(numbered);
    });
  };

  const answerOf = async (
    collection: Collection,
    asked: { query: Document; order: Document; limit: number; skip: number },
  ) => {
    try {
      return await collection
        .find(asked.query)
        .sort(asked.order as Sort)
        .skip(asked.skip)
        .limit(asked.limit)
        .batchSize(7)
        .toArray();
    } catch (error) {
      return String(error).replaceAll('twins.indexed', 'twins.plain');
    }
  };

  /** Without an order any matches are right, as long as they are so many. */
  const sameAnswers = async (asked: { query: Document; order: Document; limit: number; skip: number }) => {
    const [indexed, plain] = await both((collection) => answerOf(collection, asked));
    const ordered = Object.keys(asked.order).length > 0 || (asked.limit === 0 && asked.skip === 0);
    if (ordered || typeof indexed === 'string' || typeof plain === 'string')
      expect({ asked, found: indexed }).toEqual({ asked, found: plain });
    else expect(indexed).toHaveLength(plain.length);
    if (Object.keys(asked.order).length > 0) {
      const limit = asked.limit > 0 ? [{ $limit: asked.limit }] : [];
      const pipeline = [{ $match: asked.query }, { $sort: asked.order }, ...limit, { $project: { a: 1 } }];
      const [piped, plainlyPiped] = await both((collection) => collection.aggregate(pipeline).toArray().catch(String));
      expect(piped).toEqual(plainlyPiped);
    }
    const [count, plainCount] = await both((collection) => collection.countDocuments(asked.query).catch(String));
    expect(count).toEqual(plainCount);
  };

  it.each([
    ['of plain values', calm],
    ['with arrays and embedded documents', wild],
  ])(
    'answer as a scan does, for documents %s',
    async (_, document: fc.Arbitrary<Document>) => {
      const run = fc.asyncProperty(
        fc.oneof(fc.array(document, { maxLength: 5 }), fc.array(document, { minLength: 60, maxLength: 120 })),
        fc.array(question, { minLength: 20, maxLength: 20 }),
        fc.array(fc.tuple(query, change), { maxLength: 8 }),
        async (documents, questions, changes) => {
          await fill(documents);
          for (const [at, asked] of questions.entries()) {
            const [selector, update] = changes[at] ?? [];
            if (selector && update) {
              const outcomes = await both((collection) =>
                at % 3 === 2
                  ? collection.deleteOne({ ...selector, _id: `id-00${at}` as never }).then(
                      ({ deletedCount }) => deletedCount,
                      () => 'no',
                    )
                  : collection.updateMany(selector, update).then(
                      ({ modifiedCount }) => modifiedCount,
                      () => 'no',
                    ),
              );
              expect(outcomes[0]).toEqual(outcomes[1]);
            }
            await sameAnswers(asked);
          }
        },
      );
      await fc.assert(run, { seed, numRuns: 30, endOnFailure: true });
    },
    120_000,
  );
});
