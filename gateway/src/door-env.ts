import { commaList, ConfigError } from '@souk/config';
import { z } from 'zod';
import { blockListOf } from './offloading/client-address.js';

/** What every process is told that is called from outside: how it speaks TLS, and whom it believes about where a call comes from. */
export const doorEnv = {
  TLS_CERT_FILE: z
    .string()
    .optional()
    .describe('the PEM file with the certificate of the shop and its chain, followed; unset means plain HTTP'),
  TLS_KEY_FILE: z.string().optional().describe('the PEM file with the private key of TLS_CERT_FILE, followed'),
  TRUSTED_PROXIES: commaList
    .superRefine((ranges, context) => {
      const fault = faultIn(ranges);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .default([])
    .describe('addresses or CIDR ranges of proxies whose X-Forwarded headers are believed, e.g. 10.0.0.0/8'),
};

/** @throws ConfigError naming the one of the two that is missing */
export function checkPair({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key }: DoorConfig): void {
  if ((cert === undefined) === (key === undefined)) return;
  const variable = cert === undefined ? 'TLS_CERT_FILE' : 'TLS_KEY_FILE';
  throw new ConfigError([{ variable, message: 'must be given: a certificate and its key belong together' }]);
}
type DoorConfig = Readonly<z.infer<z.ZodObject<typeof doorEnv>>>;

function faultIn(ranges: readonly string[]): string | undefined {
  try {
    blockListOf(ranges);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
