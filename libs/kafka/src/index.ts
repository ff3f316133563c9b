export * from './kafka-port.js';
export { KafkaJsDriver, type KafkaJsOptions } from './kafkajs-driver.js';
export { checkTopics } from './topics.js';
