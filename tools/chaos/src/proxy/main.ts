import { chmodSync, existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { controlOf } from './control.ts';
import { LinkTable } from './link-table.ts';

const LOOK_EVERY_MS = 2_000;

/**
 * A TCP proxy for many links, with toxics on them (toxics.ts), told what to do over HTTP (control.ts).
 *
 *     node main.ts --socket <path>   control on a unix socket of its own; it ends when the file is gone
 *     node main.ts --port <port>     control on a port of 127.0.0.1
 *
 * It needs Node alone, and the files beside this one.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { socket: { type: 'string' }, port: { type: 'string' } } });
  const { socket, port } = values;
  if ((socket === undefined) === (port === undefined)) throw new Error('give either --socket <path> or --port <port>');
  const links = new LinkTable();
  const end = (): void => {
    control.close();
    if (socket !== undefined) rmSync(socket, { force: true });
    // The answer to whoever ends it is still on its way.
    void links.close().then(() => setTimeout(() => process.exit(0), 50));
  };
  const control = createServer(controlOf(links, end));
  const listening = new Promise<void>((resolve, reject) => {
    control.once('error', reject);
    if (socket === undefined) control.listen(Number(port), '127.0.0.1', resolve);
    else control.listen(socket, resolve);
  });
  await listening;
  process.once('SIGTERM', end).once('SIGINT', end);
  if (socket === undefined) return;
  chmodSync(socket, 0o600);
  setInterval(() => existsSync(socket) || end(), LOOK_EVERY_MS).unref();
}

await main();
