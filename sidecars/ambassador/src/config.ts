import { baseEnv, loadConfig } from '@souk/config';
import { z } from 'zod';

const { HTTP_PORT: _noApiPort, ...common } = baseEnv;

export const ambassadorEnv = {
  ...common,
  AMBASSADOR_CONFIG: z
    .string()
    .min(1)
    .describe('the YAML file with the upstreams, e.g. /etc/souk/ambassador/ambassador.yaml'),
  MANAGEMENT_HOST: z.string().min(1).optional(),
};
export type AmbassadorConfig = Readonly<z.infer<z.ZodObject<typeof ambassadorEnv>>>;

export const readConfig = (): AmbassadorConfig => loadConfig(ambassadorEnv, process.env);
