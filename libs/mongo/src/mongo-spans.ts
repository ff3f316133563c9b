import { currentSpan, type SpanHandle, startSpan } from '@souk/observability';
import type { MongoClient } from 'mongodb';

/** A span for each command that a request sends, from the driver's own monitoring; what nobody waits for (relay, pings) has none. */
export function traceCommands(client: Pick<MongoClient, 'on'>): void {
  const underWay = new Map<number, SpanHandle>();
  client.on('commandStarted', ({ requestId, commandName, databaseName, command }) => {
    if (!currentSpan()?.isRecording) return;
    const target: unknown = command[commandName];
    const collection = typeof target === 'string' ? target : undefined;
    const span = startSpan(collection === undefined ? commandName : `${commandName} ${collection}`, {
      kind: 'client',
      attributes: {
        'db.system.name': 'mongodb',
        'db.operation.name': commandName,
        'db.collection.name': collection,
        'db.namespace': databaseName,
      },
    });
    underWay.set(requestId, span);
  });
  const end = (requestId: number, failure?: Error): void => {
    const span = underWay.get(requestId);
    if (span === undefined) return;
    underWay.delete(requestId);
    if (failure !== undefined) span.fail(failure);
    span.end();
  };
  client.on('commandSucceeded', ({ requestId }) => end(requestId));
  client.on('commandFailed', ({ requestId, failure }) => end(requestId, failure));
}
