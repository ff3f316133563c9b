import { describe, expect, it } from '@jest/globals';
import { type KafkaRecord, type ProducerRecord, RecordRefused } from '@souk/kafka';
import { sendCopy } from './dead-letter-copy.js';

const poison: KafkaRecord = {
  topic: 'things.v1',
  partition: 0,
  offset: '2',
  key: 'bad',
  headers: { ce_id: 'id-2' },
  value: Buffer.from('{"n":2}'),
};
const failure = { cause: 'poison', attempts: 5, firstAt: new Date(1_000), lastAt: new Date(2_000) };

describe('the copy of a dead letter', () => {
  const copy = async (refuse: (record: ProducerRecord) => Error | undefined) => {
    const tried: ProducerRecord[] = [];
    const logged: object[] = [];
    const send = async (records: readonly ProducerRecord[]): Promise<void> => {
      tried.push(...records);
      const error = records.map(refuse).find((each) => each !== undefined);
      if (error) throw error;
    };
    await sendCopy(
      { producer: { send }, topic: 'dlq.v1', logger: { error: (of: object) => logged.push(of) } },
      poison,
      failure,
    );
    return { tried: tried.map(({ value, headers }) => [value, headers['dlq-value']]), logged: logged.length };
  };

  it('goes whole where the broker takes it', async () =>
    expect(await copy(() => undefined)).toEqual({ tried: [['{"n":2}', undefined]], logged: 0 }));

  it('goes without the value when it is too large, and says so', async () => {
    const tooLarge = ({ value }: ProducerRecord) => (value === '' ? undefined : new RecordRefused('too large', 0));
    expect(await copy(tooLarge)).toEqual({
      tried: [
        ['{"n":2}', undefined],
        ['', 'left out'],
      ],
      logged: 1,
    });
  });

  it('is missing, and nothing waits for it, when the broker takes neither', async () =>
    expect(await copy(() => new RecordRefused('too large', 0))).toMatchObject({ logged: 2 }));

  it('is not tried again for a topic that is not there', async () => {
    const refused = new RecordRefused('unknown topic', 0, { topic: 'dlq.v1' });
    expect(await copy(() => refused)).toMatchObject({ tried: [['{"n":2}', undefined]], logged: 1 });
  });

  it('is left to the caller when the failure may pass', async () =>
    expect(copy(() => new Error('the broker is down'))).rejects.toThrow('the broker is down'));
});
