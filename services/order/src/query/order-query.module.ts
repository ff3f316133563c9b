import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { internalAuth } from '@souk/http';
import type { OrderQueryConfig } from './config.js';

/** The composition root of the read side. */
@Module({})
export class OrderQueryModule {
  static with(config: OrderQueryConfig): DynamicModule {
    return {
      module: OrderQueryModule,
      providers: [{ provide: APP_GUARD, useFactory: () => internalAuth({ jwksUrl: config.INTERNAL_JWKS_URL }) }],
    };
  }
}
