import { testInfra } from '@souk/testing';
import { kafkaGroupSuite } from './kafka-group.suite.js';
import { kafkaPortSuite } from './kafka-port.suite.js';
import { kafkaRecordsSuite } from './kafka-records.suite.js';
import { PlatformaticDriver } from './platformatic-driver.js';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const create = () =>
  new PlatformaticDriver({ brokers: testInfra().kafkaBrokers, clientId: 'port-suite', logger: quiet });

kafkaPortSuite('@platformatic/kafka', create);
kafkaRecordsSuite('@platformatic/kafka', create);
kafkaGroupSuite('@platformatic/kafka', create);
