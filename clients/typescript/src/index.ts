export { createSoukClient, type SoukClient, type SoukClientOptions } from './souk-client.js';
export { SoukProblem } from './souk-problem.js';
export type * from './generated/types.gen.js';
