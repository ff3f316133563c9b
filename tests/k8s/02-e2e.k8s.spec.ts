import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { forward } from '../../tools/cli/src/cluster/kubectl.ts';
import { gatewayUrl } from './support/cluster-shop.ts';
import { ref } from './support/cluster.ts';

// The end-to-end suite as it is, every file of it, on the shop in the cluster.
process.env.SOUK_GATEWAY_URL = gatewayUrl;
const identity = await forward(ref, 'identity', 'http');
process.env.SOUK_IDENTITY_URL = identity.url;
afterAll(identity.close);
const traceStore = await forward(ref, 'trace-store', 'http');
process.env.SOUK_TRACE_STORE_URL = traceStore.url;
afterAll(traceStore.close);

const folder = join(import.meta.dirname, '../e2e');
const specs = readdirSync(folder).filter((file) => file.endsWith('.e2e.spec.ts'));
if (specs.length < 3) throw new Error(`no end-to-end specs in ${folder}`);
for (const file of specs.sort()) await import(join(folder, file));
