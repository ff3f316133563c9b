import { connect, type Socket } from 'node:net';
import kafkajs, { type Kafka, type RetryOptions } from 'kafkajs';
import { atMost } from './at-most.js';
import type { KafkaDriverOptions } from './kafka-port.js';

const KEEP_ALIVE_MS = 60_000;
/** So long a disconnect is waited for. */
export const DISCONNECT_MS = 2_000;

export interface KafkaJsClient {
  readonly kafka: Kafka;
  /** Afterwards it has no connection and opens none, and what still waits for one fails. */
  end(): void;
}

/**
 * kafkajs 2.2.4 loses sight of a connection where two requests open one at the same time, or where a disconnect meets a connect,
 * and goes on looking for its brokers after a disconnect. So the connections of a client are counted here, and end with it.
 */
export function openKafkaJs({ brokers, clientId, logger }: KafkaDriverOptions, retry: RetryOptions): KafkaJsClient {
  const open = new Set<Socket>();
  let ended = false;
  const kafka = new kafkajs.Kafka({
    clientId,
    // The one thing that ends its tries, however many it has left, is to have no broker.
    brokers: () => (ended ? [] : [...brokers]),
    socketFactory: ({ host, port, onConnect }) => {
      if (ended) throw new Error('this client has ended');
      const socket = connect({ host, port }, onConnect).setKeepAlive(true, KEEP_ALIVE_MS);
      open.add(socket);
      return socket.once('close', () => open.delete(socket));
    },
    connectionTimeout: 2_000,
    requestTimeout: 10_000,
    retry,
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, ...detail } = entry.log;
      logger.debug({ kafkajs: { namespace: entry.namespace, error: detail['error'] } }, message);
    },
  });
  const end = (): void => {
    ended = true;
    // With an error: kafkajs takes no other notice of a socket's end, and its requests and timers would stay.
    for (const socket of open) socket.destroy(new Error('this client has ended'));
  };
  return { kafka, end };
}

/** Says goodbye where that can be said to anybody; one that fell silent may never answer its own disconnect, and a failed one is no failure of what it did. */
export async function takeLeave(member: { disconnect(): Promise<void> }): Promise<void> {
  await atMost(
    DISCONNECT_MS,
    member.disconnect().catch(() => undefined),
  );
}
