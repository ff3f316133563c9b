// Writes the OpenAPI and AsyncAPI documents from the operations, topics and samples. Run after a change of the contracts:
//   npx tsc -b contracts && node contracts/scripts/generate-documents.ts
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { documents } from './documents.ts';

const contracts = join(import.meta.dirname, '..');
const all = documents();
for (const [file, text] of all) {
  await mkdir(dirname(join(contracts, file)), { recursive: true });
  await writeFile(join(contracts, file), text);
}
for (const file of await readdir(join(contracts, 'openapi'))) {
  if (!all.has(`openapi/${file}`)) await rm(join(contracts, 'openapi', file));
}
console.log(`${all.size} documents written to contracts`);
