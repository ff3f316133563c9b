import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../instance.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import { runCommand } from '../system/run-command.ts';
import { classArchive, childEnv } from './java.ts';
import { classPath } from './toolchain.ts';
import type { Toolchain } from './toolchain.ts';

interface Broker {
  readonly instance: Instance;
  readonly toolchain: Toolchain;
  /** Path of server.properties. */
  readonly config: string;
  readonly cwd: string;
}

/** Writes the configuration and formats the log directory at first use; returns how to run the broker. */
export async function prepareKafka(instance: Instance, toolchain: Toolchain): Promise<ProcessSpec> {
  const logDir = join(instance.dataDir, 'kafka');
  const config = join(instance.dataDir, 'kafka.properties');
  const cwd = join(instance.dataDir, 'kafka-run');
  mkdirSync(cwd, { recursive: true });
  writeFileSync(config, serverProperties(instance, logDir));
  const broker = { instance, toolchain, config, cwd };
  if (!existsSync(join(logDir, 'meta.properties'))) await formatLogDirectory(broker);
  return brokerSpec(broker);
}

async function formatLogDirectory({ instance, toolchain, config, cwd }: Broker): Promise<void> {
  const java = [...javaArgs(toolchain), '-XX:TieredStopAtLevel=1', '-Xmx96m', '-cp', classPath(toolchain, 'kafka')];
  await runCommand({
    what: 'formatting the Kafka log directory',
    command: toolchain.java,
    args: [...java, 'kafka.tools.StorageTool', 'format', '--standalone', '-t', newClusterId(), '-c', config],
    cwd,
    logFile: join(instance.logsDir, 'kafka-format.log'),
  });
}

/** 22 characters of base64url. One that begins with a hyphen would be taken for an option: one start in 64 would fail. */
export function newClusterId(random: () => Buffer = () => randomBytes(16)): string {
  const id = random().toString('base64url');
  return id.startsWith('-') ? newClusterId(random) : id;
}

function javaArgs({ dir }: Toolchain): string[] {
  return ['-XX:+UseSerialGC', '-Xss512k', `-Dlog4j2.configurationFile=${join(dir, 'log4j2.properties')}`];
}

function brokerSpec({ instance, toolchain, config, cwd }: Broker): ProcessSpec {
  const archive = classArchive(toolchain, instance, 'kafka');
  return {
    name: 'kafka',
    kind: 'infra',
    command: toolchain.java,
    args: [
      ...javaArgs(toolchain),
      '-Xms48m',
      '-Xmn14m',
      '-Xmx160m',
      // The serial collector would rather grow the heap than collect: idle it should hold what it needs, 60 MB.
      '-XX:MinHeapFreeRatio=10',
      '-XX:MaxHeapFreeRatio=25',
      '-XX:MaxDirectMemorySize=64m',
      ...archive.args,
      '-Djava.awt.headless=true',
      '-cp',
      classPath(toolchain, 'kafka'),
      'kafka.Kafka',
      config,
    ],
    cwd,
    env: childEnv(),
    logFile: join(instance.logsDir, 'kafka.log'),
    port: instance.ports.of.kafka,
    probe: { protocol: 'kafka', port: instance.ports.of.kafka },
    stopSignal: 'SIGTERM',
    stopGraceMs: 20_000,
    fingerprint: '',
    ...archive.keep,
  };
}

export function serverProperties({ ports }: Instance, logDir: string): string {
  const { kafka, kafkaController, kafkaProxied, kafkaProxy } = ports.of;
  return `process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
# A client that comes by PROXIED is told the address of the proxy, so that it stays behind it.
listeners=PLAINTEXT://127.0.0.1:${kafka},PROXIED://127.0.0.1:${kafkaProxied},CONTROLLER://127.0.0.1:${kafkaController}
advertised.listeners=PLAINTEXT://127.0.0.1:${kafka},PROXIED://127.0.0.1:${kafkaProxy}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.quorum.bootstrap.servers=127.0.0.1:${kafkaController}
log.dirs=${logDir}

# One broker: every internal topic has one replica and few partitions.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=2
default.replication.factor=1
min.insync.replicas=1
num.partitions=3
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000

# Small footprint.
num.network.threads=2
num.io.threads=4
background.threads=2
num.recovery.threads.per.data.dir=1
log.cleaner.dedupe.buffer.size=8388608
log.segment.bytes=67108864
log.index.size.max.bytes=1048576
log.retention.hours=168
socket.request.max.bytes=16777216
metadata.log.segment.bytes=8388608
controlled.shutdown.enable=true

# After kill -9 the controller keeps the dead broker registered this long; the default of 9 s delays every restart.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
`;
}
