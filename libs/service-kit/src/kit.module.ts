import { type DynamicModule, Module } from '@nestjs/common';
import { type Logger, Metrics } from '@souk/observability';
import { HealthRegistry } from './health-registry.js';
import { ManagementRoutes } from './management-routes.js';
import { WatchedFiles } from './watched-files.js';

/** DI token of the process logger (a pino logger). */
export abstract class AppLogger {
  abstract debug(fields: object, message: string): void;
  abstract info(fields: object, message: string): void;
  abstract warn(fields: object, message: string): void;
  abstract error(fields: object, message: string): void;
  abstract child(fields: object): Logger;
}

export interface Kit {
  readonly health: HealthRegistry;
  readonly routes: ManagementRoutes;
  readonly logger: Logger;
  readonly files: WatchedFiles;
  readonly metrics: Metrics;
}

/** Global, so that any module can inject HealthRegistry, ManagementRoutes, WatchedFiles, Metrics and AppLogger. */
@Module({})
export class KitModule {
  static with({ health, routes, logger, files, metrics }: Kit): DynamicModule {
    const providers = [
      { provide: HealthRegistry, useValue: health },
      { provide: ManagementRoutes, useValue: routes },
      { provide: AppLogger, useValue: logger },
      { provide: WatchedFiles, useValue: files },
      { provide: Metrics, useValue: metrics },
    ];
    return { module: KitModule, global: true, providers, exports: providers };
  }
}
