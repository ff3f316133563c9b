import { describe, expect, it } from '@jest/globals';
import { RecordRefused } from './kafka-port.js';
import { type Complaint, sendInParts } from './refusals.js';

const record = (topic: string, bytes = 1) => ({ topic, key: 'k', headers: {}, value: 'x'.repeat(bytes) });
const LARGE = 800 * 1024;
const failing =
  (complaint: Complaint | undefined, at: number) =>
  async (records: ReturnType<typeof record>[]): Promise<{ error: unknown; parts: number }> => {
    let parts = 0;
    const error: unknown = await sendInParts(
      records,
      async () => {
        parts += 1;
        if (parts === at) throw new Error('the client says no');
      },
      () => complaint,
    ).catch((reason: unknown) => reason);
    return { error, parts };
  };

describe('sending in parts', () => {
  it('names the record that is alone in the part that was refused', async () => {
    const send = failing({ code: 'MESSAGE_TOO_LARGE' }, 2);
    const { error, parts } = await send([record('a'), record('a', LARGE), record('a')]);
    expect(error).toBeInstanceOf(RecordRefused);
    expect([error, parts]).toEqual([expect.objectContaining({ index: 1, topic: undefined }), 2]);
  });

  it('names the first record of the topic that is missing', async () => {
    const { error } = await failing(
      { code: 'UNKNOWN_TOPIC_OR_PARTITION', topic: 'b' },
      1,
    )([record('a'), record('b'), record('b')]);
    expect(error).toMatchObject({ index: 1, topic: 'b', message: expect.stringContaining('refuses b for good') });
  });

  it('does not guess which of several it was', async () => {
    const { error } = await failing({ code: 'INVALID_RECORD' }, 1)([record('a'), record('a')]);
    expect(error).toBeInstanceOf(RecordRefused);
    expect(error).toMatchObject({ index: undefined });
  });

  it('leaves alone what may pass by itself', async () => {
    for (const complaint of [undefined, { code: 'NOT_ENOUGH_REPLICAS' }, { code: 'TOPIC_AUTHORIZATION_FAILED' }]) {
      const { error } = await failing(complaint, 1)([record('a')]);
      expect(error).not.toBeInstanceOf(RecordRefused);
      expect(error).toMatchObject({ message: 'the client says no' });
    }
  });
});
