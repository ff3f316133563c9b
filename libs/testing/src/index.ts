export { type ControllerRoute, documentedRoutes, routesOf, servedRoutes } from './api-document.js';
export { createTestDatabase, type TestDatabase } from './database.js';
export { testInfra, type TestInfra } from './infra.js';
export { uniqueMongoUrl } from './mongo.js';
export { startTestGateway } from './test-gateway.js';
export { OtlpSink, type ReceivedSpan } from './otlp-sink.js';
export { createTopic, type TestTopic, uniqueTopic } from './topic.js';
export { waitFor } from './wait-for.js';
