import type { Watched } from '../use-cases/watch-order.js';

/** The event stream format of the HTML standard; the id lets a client that reconnects go on where it was. */
export async function* toServerSentEvents(source: AsyncIterable<Watched>): AsyncGenerator<string> {
  for await (const item of source) {
    if ('heartbeat' in item) yield ': still here\n\n';
    else yield `id: ${item.event.version}\nevent: ${item.event.type}\ndata: ${JSON.stringify(item.event)}\n\n`;
  }
}
