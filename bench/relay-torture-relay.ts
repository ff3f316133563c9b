/** A relay as a process of its own, so that it can be killed. Arguments: database URL, brokers, kind. */
import { configureFailpoints } from '@souk/failpoints';
import { openKafka } from '@souk/kafka';
import { relayFor } from '@souk/outbox';
import { createLogger } from '@souk/observability';
import pg from 'pg';

const [url = '', brokers = '', kind = ''] = process.argv.slice(2);
const logger = createLogger({ name: 'relay-torture', level: 'fatal' });
const pool = new pg.Pool({ connectionString: url, max: 3 });
pool.on('error', () => undefined);
const kafka = await openKafka('kafkajs', { brokers: brokers.split(','), clientId: 'relay-torture', logger });
const producer = kafka.producer();
/** Tells when it is at work: one that is killed before proves nothing. */
const log = { warn: () => undefined, info: () => void process.send?.('lane taken') };
const relay = relayFor([kind])({ pool, producer, logger: log });
await relay.start();
/** Killed at the worst moment: the broker has the messages, the outbox has them too. */
process.on('SIGUSR2', () => void configureFailpoints('relay.after-send=crash@1'));
process.on('disconnect', () => process.exit(1)); // the benchmark was ended
process.on('SIGTERM', () => {
  void relay
    .stop()
    .then(() => producer.close())
    .finally(() => process.exit(0));
});
