import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findHelms, render, RENDERS } from './helm.ts';
import { writeReadmes } from './values-table.ts';

writeReadmes();

const [helm] = findHelms(process.env);
if (helm === undefined) throw new Error('no helm: set SOUK_HELM, or put helm on PATH');
const folder = join(import.meta.dirname, 'golden');
mkdirSync(folder, { recursive: true });
for (const one of RENDERS) writeFileSync(join(folder, `${one.name}.yaml`), render(helm, one));
console.log(`${RENDERS.length} renders written by helm ${helm.version}`);
