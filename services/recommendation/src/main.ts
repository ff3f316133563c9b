import 'reflect-metadata';
import { liveSettings } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { runService } from '@souk/service-kit';
import { config } from './config.js';
import { RecommendationModule } from './recommendation.module.js';

const settings = liveSettings(serviceSettings.recommendation, config.LIVE_SETTINGS_FILE, config.LIVE_SETTINGS_INSTANCE);
await runService({ name: 'recommendation', module: RecommendationModule.with(config), config, settings });
