/**
 * What all providers of infrastructure share: the embedded servers, compose.yaml and charts/infra are checked against this table by
 * infra-table.spec.ts. A number that changes here changes in all of them.
 */
export interface InfraServer {
  /** Official image with its exact tag, as compose.yaml and the chart name it. */
  readonly image: string;
  /** Version of the embedded server; its major version is the image's, for MongoDB there is none. */
  readonly embedded: string | null;
  /** In the container. */
  readonly port: number;
  readonly memoryLimitMiB: number;
  /** Settings that must be equal wherever the server runs, in the server's own names. */
  readonly settings: Readonly<Record<string, string>>;
}

export const INFRA_TABLE = {
  kafka: {
    image: 'docker.io/apache/kafka:4.2.0',
    embedded: '4.3.1',
    port: 19_092,
    memoryLimitMiB: 640,
    settings: {
      'auto.create.topics.enable': 'false',
      'default.replication.factor': '1',
      'min.insync.replicas': '1',
      'offsets.topic.replication.factor': '1',
      'offsets.topic.num.partitions': '4',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'transaction.state.log.num.partitions': '4',
      'share.coordinator.state.topic.replication.factor': '1',
      'share.coordinator.state.topic.min.isr': '1',
      'share.coordinator.state.topic.num.partitions': '2',
      'group.initial.rebalance.delay.ms': '0',
      'group.min.session.timeout.ms': '1000',
      'num.network.threads': '2',
      'num.io.threads': '4',
      'background.threads': '2',
      'num.recovery.threads.per.data.dir': '1',
      'log.cleaner.dedupe.buffer.size': '8388608',
      'log.segment.bytes': '67108864',
      'log.index.size.max.bytes': '1048576',
      'log.retention.hours': '168',
    },
  },
  postgres: {
    image: 'docker.io/library/postgres:18',
    embedded: '18.6.0',
    port: 5_432,
    memoryLimitMiB: 512,
    settings: { shared_buffers: '32MB', max_connections: '200', max_wal_size: '256MB', jit: 'off' },
  },
  mongo: {
    image: 'docker.io/library/mongo:8.0',
    embedded: null,
    port: 27_017,
    memoryLimitMiB: 640,
    settings: { wiredTigerCacheSizeGB: '0.25' },
  },
  valkey: {
    image: 'docker.io/valkey/valkey:9',
    embedded: null,
    port: 6_379,
    memoryLimitMiB: 128,
    settings: { maxmemory: '64mb', 'maxmemory-policy': 'volatile-lru', appendonly: 'no', save: '""' },
  },
} as const satisfies Readonly<Record<string, InfraServer>>;
