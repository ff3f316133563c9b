export * from './kafka-port.js';
export { type KafkaDriverName, openKafka } from './open-kafka.js';
export { checkTopics } from './topics.js';
