import { connect } from 'node:net';
import type { ISocketFactory, KafkaConfig } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;

/**
 * How a client of Kafka is told its brokers: `host:port` with commas. Of a broker in a cluster, which calls itself by a name that this machine
 * cannot look up, the entry also says where it is reached from here: `kafka-0.kafka.souk.svc:9092=127.0.0.1:43211`.
 */
export function brokerList(text: string): Pick<KafkaConfig, 'socketFactory'> & { brokers: string[] } {
  const entries = text.split(',').map((entry) => entry.split('='));
  const elsewhere = new Map(entries.flatMap(([name = '', here]) => (here === undefined ? [] : [[name, here]])));
  const brokers = entries.map(([name = '', here = name]) => here);
  return elsewhere.size === 0 ? { brokers } : { brokers, socketFactory: leadingTo(elsewhere) };
}

const leadingTo =
  (elsewhere: ReadonlyMap<string, string>): ISocketFactory =>
  ({ host, port, onConnect }) => {
    const [at = host, itsPort = port] = elsewhere.get(`${host}:${port}`)?.split(':') ?? [];
    return connect({ host: at, port: Number(itsPort) }, onConnect).setKeepAlive(true, KEEP_ALIVE_MS);
  };
