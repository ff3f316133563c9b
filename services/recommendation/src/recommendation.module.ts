import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { internalAuth } from '@souk/http';
import type { RecommendationConfig } from './config.js';

/** The composition root of recommendation. */
@Module({})
export class RecommendationModule {
  static with(config: RecommendationConfig): DynamicModule {
    return {
      module: RecommendationModule,
      providers: [{ provide: APP_GUARD, useFactory: () => internalAuth({ jwksUrl: config.INTERNAL_JWKS_URL }) }],
    };
  }
}
