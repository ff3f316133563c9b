import { testInfra } from '@souk/testing';
import { kafkaGroupSuite } from './kafka-group.suite.js';
import { kafkaPortSuite } from './kafka-port.suite.js';
import { kafkaRecordsSuite } from './kafka-records.suite.js';
import { KafkaJsDriver } from './kafkajs-driver.js';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const create = () => new KafkaJsDriver({ brokers: testInfra().kafkaBrokers, clientId: 'port-suite', logger: quiet });

kafkaPortSuite('kafkajs', create);
kafkaRecordsSuite('kafkajs', create);
kafkaGroupSuite('kafkajs', create);
