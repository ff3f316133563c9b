import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTelemetry, type Telemetry, withSpan } from '@souk/observability';
import { OtlpSink } from '@souk/testing';
import { openTestStore, quiet } from '../test/test-store.js';

describe('spans of MongoDB commands', () => {
  let sink: OtlpSink;
  let telemetry: Telemetry;
  let opened: Awaited<ReturnType<typeof openTestStore>>;

  beforeAll(async () => {
    sink = await OtlpSink.start();
    telemetry = await startTelemetry({
      tracesPerSecond: Infinity,
      serviceName: 'catalog',
      endpoint: sink.url,
      logger: quiet,
    });
    opened = await openTestStore();
  });
  afterAll(async () => {
    await opened.drop();
    await sink.stop();
  });

  it('belong to the request that sends them; commands on nobody’s behalf have none', async () => {
    const { store } = opened;
    await store.ping();
    await withSpan('request', {}, () => store.products.findOne({ sku: 'secret' }).exec());
    await withSpan('broken', {}, () => store.connection.db?.command({ noSuchCommand: 1 })).catch(() => undefined);
    await telemetry.shutdown();
    const [request, broken] = [sink.named('request')[0], sink.named('broken')[0]];
    expect(sink.spans.filter(({ kind }) => kind === 3)).toMatchObject([
      {
        name: 'find products',
        parentSpanId: request?.spanId,
        status: 0,
        attributes: { 'db.system.name': 'mongodb', 'db.operation.name': 'find', 'db.collection.name': 'products' },
      },
      { name: 'noSuchCommand', parentSpanId: broken?.spanId, status: 2 },
    ]);
    expect(JSON.stringify(sink.spans)).not.toContain('secret');
  });
});
