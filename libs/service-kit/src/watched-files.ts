import type { OnApplicationShutdown } from '@nestjs/common';
import type { Watched, WatchLogger, WatchStatus } from '@souk/config';

interface Followed {
  readonly watched: Watched<unknown>;
  readonly show: () => unknown;
}

/** Everything that the process follows without a restart. `GET /configz` of the management port shows it. */
export class WatchedFiles implements OnApplicationShutdown {
  readonly #followed = new Map<string, Followed>();
  readonly #logger: WatchLogger;

  constructor(logger: WatchLogger) {
    this.#logger = logger;
  }

  /** Begins to follow; `show` gives what may be seen of a value, without secrets. */
  follow<T>(watched: Watched<T>, show: (value: T) => unknown): void {
    const known = this.#followed.get(watched.name)?.watched;
    if (known !== watched) known?.stop();
    this.#followed.set(watched.name, { watched, show: () => show(watched.value) });
    watched.start(this.#logger);
  }

  report(): Record<string, WatchStatus & { values: unknown }> {
    const shown = [...this.#followed].map(
      ([name, { watched, show }]) => [name, { ...watched.status(), values: show() }] as const,
    );
    return Object.fromEntries(shown);
  }

  onApplicationShutdown(): void {
    for (const { watched } of this.#followed.values()) watched.stop();
  }
}
