import { expect, it } from '@jest/globals';
import { Metrics } from '@souk/observability';
import { RequestMetrics } from './request-metrics.js';

it('OFF-5 counts requests by route, method and class of status, and their time', () => {
  const metrics = new Metrics();
  const requests = new RequestMetrics(metrics);
  requests.note('GET', '/api/products', 200, 4);
  requests.note('GET', '/api/products', 304, 5);
  requests.note('GET', '/api/products', 503, 60_000);
  requests.note('POST', '/api/products', 201, 30);
  requests.note('GET', '/api/orders/:id', undefined, 30);
  const text = metrics.render();
  const labels = 'method="GET",route="/api/products"';
  for (const line of [
    `souk_http_requests_total{${labels},status="2xx"} 1`,
    `souk_http_requests_total{${labels},status="3xx"} 1`,
    `souk_http_requests_total{${labels},status="5xx"} 1`,
    'souk_http_requests_total{method="POST",route="/api/products",status="2xx"} 1',
    'souk_http_requests_total{method="GET",route="/api/orders/:id",status="gone"} 1',
    `souk_http_request_seconds_bucket{${labels},le="0.005"} 2`,
    `souk_http_request_seconds_bucket{${labels},le="10"} 2`,
    `souk_http_request_seconds_bucket{${labels},le="+Inf"} 3`,
    'souk_http_request_seconds_bucket{method="POST",route="/api/products",le="0.025"} 0',
    'souk_http_request_seconds_bucket{method="POST",route="/api/products",le="0.05"} 1',
    'souk_http_request_seconds_sum{method="GET",route="/api/orders/:id"} 0.03',
  ])
    expect(text).toContain(`${line}\n`);
});
