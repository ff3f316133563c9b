import { readConfig } from './config.js';
import { run } from './run.js';
import { NaiveUpstream } from './upstream.naive.js';
import { policyOf, Upstream } from './upstream.js';

const config = readConfig();
await run(config, (counts, logger) =>
  config.SOUK_VARIANTS.includes('ambassador-naive')
    ? (definition) => new NaiveUpstream(definition, counts)
    : (definition, previous) =>
        new Upstream(definition, previous instanceof Upstream ? previous.policy : policyOf(definition, logger), counts),
);
