import type { Fault, Injecting } from './fault.ts';
import { cpuStress } from './cpu-stress.ts';
import { crashLoop } from './crash-loop.ts';
import { failpoint } from './failpoint.ts';
import { fdLimit } from './fd-limit.ts';
import { flood } from './flood.ts';
import { memoryLimit } from './memory-limit.ts';
import { network, watchLink } from './network.ts';
import { idleCallers } from './idle-callers.ts';
import { orderRush } from './order-rush.ts';
import { powerCut } from './power-cut.ts';
import { processKill } from './process-kill.ts';
import { processPause } from './process-pause.ts';
import { processStop } from './process-stop.ts';
import { replica } from './replica.ts';
import { restartRolling } from './restart-rolling.ts';
import { retryStorm } from './retry-storm.ts';
import { slowloris } from './slowloris.ts';
import { thunderingHerd } from './thundering-herd.ts';
import { timeSkew } from './time-skew.ts';
import { variant } from './variant.ts';
import { badRelease } from './bad-release.ts';
import { cacheFlush } from './cache-flush.ts';
import { canary } from './canary.ts';
import { canaryBad } from './canary-bad.ts';
import { commandsTwice } from './commands-twice.ts';
import { configBad } from './config-bad.ts';
import { configChange } from './config-change.ts';
import { identityKeyRotation } from './identity-key-rotation.ts';
import { kafkaDuplicate } from './kafka-duplicate.ts';
import { kafkaOffsetsReset } from './kafka-offsets-reset.ts';
import { kafkaPoison } from './kafka-poison.ts';
import { kafkaReorder } from './kafka-reorder.ts';
import { kafkaRetention } from './kafka-retention.ts';
import { kafkaTopicLoss } from './kafka-topic-loss.ts';
import { outboxHold } from './outbox-hold.ts';
import { outboxLoss } from './outbox-loss.ts';
import { outboxStuckRow } from './outbox-stuck-row.ts';
import { passwordRotation } from './password-rotation.ts';
import { paymentKnobs } from './payment-knobs.ts';
import { postgresDeadlock } from './postgres-deadlock.ts';
import { postgresIdleTransaction } from './postgres-idle-transaction.ts';
import { postgresLock } from './postgres-lock.ts';
import { postgresPoolExhaustion } from './postgres-pool-exhaustion.ts';
import { postgresTerminate } from './postgres-terminate.ts';
import { signingKeyRotation } from './signing-key-rotation.ts';
import { unknownKeys } from './unknown-keys.ts';

/** A fault with its parameters read: what the runner, `souk chaos show` and the report work with. */
export interface ReadyFault {
  readonly kind: string;
  readonly says: string;
  readonly on: readonly ('host' | 'k8s')[];
  prepare(injecting: Injecting): Promise<void>;
  inject(injecting: Injecting): Promise<void>;
}

/** A kind of fault, whatever its parameters are. */
export interface FaultKind {
  readonly kind: string;
  readonly summary: string;
  readonly on: readonly ('host' | 'k8s')[];
  /** @throws ZodError where the parameters are not as they must be */
  read(parameters: unknown): ReadyFault;
}

/** Binds a fault to its parameters, so that faults of all kinds can stand in one list. */
export function kind<P>({ kind, summary, on, own = [], parameters, says, prepare, inject }: Fault<P>): FaultKind {
  return {
    kind,
    summary,
    on,
    read(raw) {
      const read = parameters.parse(raw);
      return {
        kind,
        says: says(read),
        on,
        prepare: async (injecting) => {
          for (const server of own) await injecting.target.process(server);
          await prepare?.(injecting, read);
        },
        inject: (injecting) => inject(injecting, read),
      };
    },
  };
}

/** Every kind of fault, in the order in which people read them. */
export const FAULTS: readonly FaultKind[] = [
  kind(processKill),
  kind(processStop),
  kind(processPause),
  kind(restartRolling),
  kind(powerCut),
  kind(crashLoop),
  kind(cpuStress),
  kind(memoryLimit),
  kind(fdLimit),
  kind(timeSkew),
  kind(failpoint),
  kind(replica),
  kind(variant),
  kind(orderRush),
  kind(thunderingHerd),
  kind(retryStorm),
  kind(slowloris),
  kind(idleCallers),
  kind(flood),
  kind(network),
  kind(watchLink),
  kind(kafkaOffsetsReset),
  kind(kafkaPoison),
  kind(kafkaDuplicate),
  kind(kafkaReorder),
  kind(kafkaTopicLoss),
  kind(kafkaRetention),
  kind(outboxHold),
  kind(outboxLoss),
  kind(outboxStuckRow),
  kind(postgresLock),
  kind(postgresIdleTransaction),
  kind(postgresDeadlock),
  kind(postgresPoolExhaustion),
  kind(postgresTerminate),
  kind(passwordRotation),
  kind(cacheFlush),
  kind(paymentKnobs),
  kind(configBad),
  kind(configChange),
  kind(canary),
  kind(canaryBad),
  kind(badRelease),
  kind(identityKeyRotation),
  kind(signingKeyRotation),
  kind(unknownKeys),
  kind(commandsTwice),
];
