import { type ServerLimits, serverLimits } from './server-limits.js';

const AN_HOUR = 3_600_000;

/** Variant `parser-lenient`: two lengths, a bare line feed, a space before a colon: each is taken for something. */
export const lenientParser: ServerLimits = {
  ...serverLimits,
  node: { ...serverLimits.node, insecureHTTPParser: true },
};

/** Variant `clients-awaited`: who is slow is waited for, an hour long. */
export const endlessPatience: ServerLimits = {
  ...serverLimits,
  node: { ...serverLimits.node, headersTimeout: AN_HOUR, requestTimeout: AN_HOUR },
  connectionTimeout: AN_HOUR,
};
