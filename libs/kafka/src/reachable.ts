import { connect } from 'node:net';

const TIMEOUT_MS = 1_000;

/** Whether any of the brokers (`host:port`) takes a connection. */
export async function isReachable(brokers: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(brokers.map(takesConnections));
  return answers.includes(true);
}

function takesConnections(broker: string): Promise<boolean> {
  const [host = '', port = ''] = broker.split(/:(?=\d+$)/);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port: Number(port), timeout: TIMEOUT_MS });
  socket.once('connect', () => resolve(true));
  for (const failure of ['close', 'error', 'timeout']) socket.once(failure, () => resolve(false));
  return promise.finally(() => socket.destroy());
}
