// Once for all files of the tier: Jest calls it before the first of them. A program of its own, hence no TypeScript of Jest's.
import { soukOk } from '../../crash/support/souk.ts';

export default async function openShop() {
  await soukOk('down', '--purge');
  await soukOk('up', '--infra', 'embedded', '--no-order');
}
