import type { KafkaDriver, KafkaDriverOptions } from './kafka-port.js';

export type KafkaDriverName = 'kafkajs' | 'platformatic';

/** Loads the chosen client and nothing of the other: each is megabytes of code in every process. */
export async function openKafka(name: KafkaDriverName, options: KafkaDriverOptions): Promise<KafkaDriver> {
  if (name === 'platformatic') {
    const { PlatformaticDriver } = await import('./platformatic-driver.js');
    return new PlatformaticDriver(options);
  }
  const { KafkaJsDriver } = await import('./kafkajs-driver.js');
  return new KafkaJsDriver(options);
}
