import type { IncomingMessage, Server } from 'node:http';
import type { OnApplicationShutdown, Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { GatewaySettings } from '@souk/contracts';
import { Metrics } from '@souk/observability';
import type { GatewayConfig } from '../../config.js';
import { Offloading } from '../../offloading/offloading.js';
import { AdaptiveAdmission } from './adaptive-admission.js';
import { Admission, Load } from './admission.js';
import { OpenDoor } from './admission.naive.js';
import { guardServer } from './door.js';
import { watchLoop } from './loop-delay.js';
import { overloadMetrics } from './overload-metrics.js';

/** Ends with the process: the admission itself knows nothing of timers. */
class LoopWatch implements OnApplicationShutdown {
  readonly #stop: () => void;

  constructor(admission: Admission) {
    this.#stop =
      admission instanceof AdaptiveAdmission
        ? watchLoop((lateMs) => admission.step(lateMs, Date.now()))
        : () => undefined;
  }

  onApplicationShutdown(): void {
    this.#stop();
  }
}

/** The part of the composition root that is about the load on the gateway as a whole. */
export const overloadProviders = (
  config: Pick<GatewayConfig, 'SOUK_VARIANTS'>,
  settings: { readonly value: GatewaySettings },
): Provider[] => [
  {
    provide: Admission,
    inject: [HttpAdapterHost, Metrics, Offloading],
    useFactory: (host: HttpAdapterHost, metrics: Metrics, { watch }: Offloading): Admission => {
      if (config.SOUK_VARIANTS.includes('shed-off')) return new OpenDoor();
      const admission = new AdaptiveAdmission(settings);
      const onShed = (request: IncomingMessage, status: number): void => watch.shed(request, status);
      guardServer(host.httpAdapter.getHttpServer() as Server, admission, onShed);
      overloadMetrics(metrics, admission);
      return admission;
    },
  },
  { provide: Load, useExisting: Admission },
  { provide: LoopWatch, inject: [Admission], useFactory: (admission: Admission) => new LoopWatch(admission) },
];
