import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const WITHIN_MS = 5_000;

/** Sends commands to a server that speaks the Redis protocol, one after the other. @throws Error with its words where one is refused */
export function tellValkey(url: string, password: string, commands: readonly (readonly string[])[]): Promise<void> {
  const { hostname, port } = new URL(url);
  const all = password === '' ? commands : [['AUTH', password], ...commands];
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port) || 6_379, hostname);
    let heard = '';
    const end = (error?: Error): void => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.setTimeout(WITHIN_MS, () => end(new Error(`no answer within ${WITHIN_MS / 1_000} s`)));
    socket.on('error', end);
    socket.on('close', () => end(new Error('the server hung up')));
    socket.on('connect', () => socket.write(all.map(encoded).join('')));
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      const answers = heard.split('\r\n').slice(0, -1);
      const refusal = answers.find((answer) => answer.startsWith('-'));
      if (refusal !== undefined) end(new Error(refusal.slice(1)));
      else if (answers.length >= all.length) end();
    });
  });
}

/** In the protocol's array form, which needs no quoting. */
const encoded = (words: readonly string[]): string =>
  [`*${words.length}`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ''].join('\r\n');

/** From the addresses of a shop: of our own server the password is in a file. */
export function passwordOf(urls: Readonly<Record<string, string>>): string {
  const { VALKEY_URL: url = '', VALKEY_PASSWORD_FILE: file } = urls;
  return file === undefined ? decodeURIComponent(new URL(url).password) : readFileSync(file, 'utf8').trim();
}
