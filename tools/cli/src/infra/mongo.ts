import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../instance.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import { classArchive, childEnv } from './java.ts';
import { classPath } from './toolchain.ts';
import type { Toolchain } from './toolchain.ts';

const JVM_OPTIONS = ['-XX:+UseSerialGC', '-Xss512k', '-Xms16m', '-Xmx128m', '-XX:TieredStopAtLevel=1'];

/** mongo-java-server behind our launcher: it speaks the wire protocol, but it is not mongod. */
export async function prepareMongo(instance: Instance, toolchain: Toolchain): Promise<ProcessSpec> {
  const cwd = join(instance.dataDir, 'mongo');
  mkdirSync(cwd, { recursive: true });
  const archive = classArchive(toolchain, instance, 'mongo');
  const port = instance.ports.of.mongo;
  return {
    name: 'mongo',
    kind: 'infra',
    command: toolchain.java,
    args: [
      ...JVM_OPTIONS,
      ...archive.args,
      '-cp',
      classPath(toolchain, 'mongo'),
      'MongoLauncher',
      String(port),
      join(cwd, 'db'),
    ],
    cwd,
    env: childEnv(),
    logFile: join(instance.logsDir, 'mongo.log'),
    port,
    probe: { protocol: 'mongo', port },
    stopSignal: 'SIGTERM',
    stopGraceMs: 15_000,
    fingerprint: '',
    ...archive.keep,
  };
}
