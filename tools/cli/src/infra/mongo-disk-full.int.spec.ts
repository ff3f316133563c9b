import { afterEach, describe, expect, it } from '@jest/globals';
import { ScratchMongo } from './mongo-server.mother.ts';

const LARGEST_FILE = 4_096;
const START_MS = 180_000; // the servers may have to be fetched first

describe('the embedded MongoDB-wire server on a full disk', () => {
  const server = new ScratchMongo();
  afterEach(() => server.destroy());

  it(
    'HEM: ends, so that it is started again, and has what it acknowledged',
    async () => {
      await server.start({ fileBlocks: LARGEST_FILE });
      const things = () => server.client.db('full').collection<{ _id: number; text: string }>('things');
      let acknowledged = 0;
      const fill = async (): Promise<void> => {
        const text = Buffer.from(crypto.getRandomValues(new Uint8Array(40_000))).toString('base64');
        for (;;) {
          await things().insertOne({ _id: acknowledged, text }, { maxTimeMS: 5_000 });
          acknowledged++;
        }
      };
      await expect(fill()).rejects.toThrow();
      expect(await server.ended()).toBe(1);
      await server.stop();
      await server.start();
      expect(await things().countDocuments({ _id: { $lt: acknowledged } })).toBe(acknowledged);
    },
    START_MS,
  );
});
