import { connect } from 'node:net';
import type { Probe } from './process-spec.ts';

interface Conversation {
  readonly say: Buffer;
  readonly accepts: (answer: Buffer) => boolean;
}

/** ApiVersions, version 0, with a client id of 3 characters. */
const kafkaApiVersions = Buffer.from([0, 0, 0, 13, 0, 18, 0, 0, 0, 0, 0, 1, 0, 3, 0x77, 0x66, 0x6b]);
const postgresStartUp = Buffer.from('\0\0\0\x29\0\x03\0\0user\0postgres\0database\0postgres\0\0', 'latin1');

/** OP_MSG with {ping: 1, $db: 'admin'}. */
function mongoPing(): Buffer {
  const body = Buffer.from('\0\0\0\0\x10ping\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0', 'latin1');
  body.writeInt32LE(body.length, 0);
  const header = Buffer.alloc(21);
  header.writeInt32LE(header.length + body.length, 0);
  header.writeInt32LE(1, 4);
  header.writeInt32LE(2013, 12);
  return Buffer.concat([header, body]);
}

const CONVERSATIONS: Readonly<Record<Probe['protocol'], Conversation>> = {
  kafka: { say: kafkaApiVersions, accepts: (answer) => answer.length >= 10 && answer.readInt16BE(8) === 0 },
  // 'R' asks for a password; while it starts or recovers, PostgreSQL answers 'E'.
  postgres: { say: postgresStartUp, accepts: (answer) => answer[0] === 0x52 },
  mongo: { say: mongoPing(), accepts: (answer) => answer.includes('ok') },
  // An answer that asks for the password is one, too; while it loads, it says so.
  valkey: { say: Buffer.from('PING\r\n'), accepts: (answer) => /^(\+PONG|-NOAUTH)/.test(answer.toString('latin1')) },
  http: {
    say: Buffer.from('GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    accepts: (answer) => answer.toString('latin1', 0, 12) === 'HTTP/1.1 200',
  },
};

/** Asks in the server's own protocol whether it is ready. Never throws; no answer within the time is a no. */
export function answers(probe: Probe, timeoutMs = 1_500, host = '127.0.0.1'): Promise<boolean> {
  const { say, accepts } = CONVERSATIONS[probe.protocol];
  return new Promise((resolve) => {
    const socket = connect(probe.port, host);
    const done = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(timeoutMs, () => done(false));
    socket.on('error', () => done(false));
    socket.on('close', () => done(false));
    socket.on('connect', () => socket.write(say));
    socket.on('data', (answer) => done(accepts(answer)));
  });
}
