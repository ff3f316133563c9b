// Writes docs/sagas/place-order.md from the step table. Run after a change of it: npm run generate
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toMarkdown } from '@souk/saga';
import { placeOrderSaga } from '../dist/saga/place-order.saga.js';

const folder = join(import.meta.dirname, '../../../docs/sagas');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, `${placeOrderSaga.name}.md`), toMarkdown(placeOrderSaga));
console.log(`docs/sagas/${placeOrderSaga.name}.md written`);
