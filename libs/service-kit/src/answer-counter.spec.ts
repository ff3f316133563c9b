import { Controller, Get, Module, Param } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { baseEnv, loadConfig } from '@souk/config';
import { createLogger, Metrics } from '@souk/observability';
import { createApp } from './create-app.js';

@Controller()
class AnswersController {
  @Get('fails/:how')
  answer(@Param('how') how: string): object {
    if (how === 'yes') throw new Error('it does');
    return {};
  }
}

@Module({ controllers: [AnswersController] })
class AnswersModule {}

describe('souk_http_requests_total', () => {
  const metrics = new Metrics();
  let app: Awaited<ReturnType<typeof createApp>>;
  beforeAll(async () => {
    const config = loadConfig(baseEnv, { HTTP_PORT: '0', MANAGEMENT_PORT: '0' });
    app = await createApp(AnswersModule, config, { metrics, logger: createLogger({ name: 't', level: 'silent' }) });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app.close());

  it('counts every answer of a service, what nobody serves as well, by class', async () => {
    for (const url of ['/fails/no', '/fails/no', '/fails/yes', '/nothing']) await app.inject(url);
    const lines = metrics
      .render()
      .split('\n')
      .filter((line) => line.startsWith('souk_http_requests_total{'));
    expect(lines).toEqual([
      'souk_http_requests_total{status="1xx"} 0',
      'souk_http_requests_total{status="2xx"} 2',
      'souk_http_requests_total{status="3xx"} 0',
      'souk_http_requests_total{status="4xx"} 1',
      'souk_http_requests_total{status="5xx"} 1',
    ]);
  });
});
