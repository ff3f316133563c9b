import 'reflect-metadata';
import { runService } from '@souk/service-kit';
import { CatalogModule } from './catalog.module.js';
import { config } from './config.js';

await runService({ name: 'catalog', module: CatalogModule.with(config), config });
