import { soukOk } from '../../crash/support/souk.ts';

export default async function closeShop() {
  await soukOk('down', '--purge');
}
