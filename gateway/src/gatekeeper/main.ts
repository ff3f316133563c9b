import 'reflect-metadata';
import { runService } from '@souk/service-kit';
import { certificateOf, tlsOptions } from '../offloading/certificate.js';
import { readConfig } from './config.js';
import { edgeHooks } from './edge-hooks.js';
import { gatekeeperModule } from './gatekeeper.module.js';

const config = readConfig();
const certificate = certificateOf(config);
const tls = certificate && { tls: tlsOptions(certificate.value) };
const module = gatekeeperModule(config, certificate);
await runService({ name: 'gatekeeper', module, config, onFastify: edgeHooks(config), ...tls });
