import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { ExperimentCode } from '../../tools/chaos/src/experiment/code.ts';
import { kind } from '../../tools/chaos/src/faults/faults.ts';
import type { Fault } from '../../tools/chaos/src/faults/fault.ts';
import { processName } from '../../tools/chaos/src/faults/parameters.ts';

const parameters = z.strictObject({ process: processName });
type Parameters = z.output<typeof parameters>;

/** Receivers that have been prepared, by process; they are of this process, and end with it. */
const receivers = new Map<string, Receiver>();

/** Takes spans until it hangs. */
interface Receiver {
  readonly server: Server;
  hangs: boolean;
}

const hangingReceiver: Fault<Parameters> = {
  kind: 'hanging-receiver',
  summary: 'whoever takes the spans of a process takes connections and never answers',
  on: ['host'],
  parameters,
  says: ({ process }) => `the receiver of the spans of ${process} hangs`,
  async prepare({ runWith }, { process }) {
    const { receiver, url } = await begin();
    receivers.set(process, receiver);
    // All are recorded: a span that is not cannot hang.
    runWith(process, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, TRACES_PER_SECOND: '1000' } });
  },
  async inject({ until }, { process }) {
    const receiver = receivers.get(process);
    if (receiver === undefined) throw new Error(`no receiver was prepared for ${process}`);
    receiver.hangs = true;
    until.addEventListener('abort', () => end(receiver), { once: true });
  },
};

async function begin(): Promise<{ receiver: Receiver; url: string }> {
  const server = createServer((request, response) => {
    request.resume();
    if (!receiver.hangs) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  const receiver: Receiver = { server, hangs: false };
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  server.unref();
  return { receiver, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Answers are not coming any more: whoever waits for one is told so. */
function end({ server }: Receiver): void {
  server.close();
  server.closeAllConnections();
}

export const code: ExperimentCode = { faults: [kind(hangingReceiver)] };
