import { baseEnv, loadConfig } from '@souk/config';
import { z } from 'zod';

const shape = {
  ...baseEnv,
  MAX_SPANS: z.coerce.number().int().min(1).default(200_000).describe('how many spans are kept, e.g. 200000'),
  MAX_AGE_MINUTES: z.coerce.number().positive().default(60).describe('how long a trace is kept, e.g. 60'),
  DATA_FILE: z.string().min(1).optional().describe('a file for the spans; without one they are kept in memory'),
};

export type TraceStoreConfig = Readonly<z.infer<z.ZodObject<typeof shape>>>;

export const readConfig = (env = process.env): TraceStoreConfig => loadConfig(shape, env);
