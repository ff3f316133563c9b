import type { OnApplicationShutdown } from '@nestjs/common';
import type { AccessLog } from './access-log.js';
import type { CachedAnswers } from './cached-answers.js';
import type { ClientAddresses } from './client-address.js';
import type { Delivery } from './delivery.js';
import type { RequestWatch } from './request-watch.js';

interface Offloaded {
  readonly log: AccessLog;
  readonly watch: RequestWatch;
  readonly clients: ClientAddresses;
  readonly answers: CachedAnswers;
  readonly delivery: Delivery;
}

/** What the gateway does for every proxied request in place of its service. */
export class Offloading implements OnApplicationShutdown {
  readonly #log: AccessLog;
  readonly watch: RequestWatch;
  readonly clients: ClientAddresses;
  readonly answers: CachedAnswers;
  readonly delivery: Delivery;

  constructor({ log, watch, clients, answers, delivery }: Offloaded) {
    this.#log = log;
    this.watch = watch;
    this.clients = clients;
    this.answers = answers;
    this.delivery = delivery;
  }

  onApplicationShutdown(): void {
    this.#log.flush();
  }
}
