import { z } from 'zod';

/** EX_CONFIG of sysexits.h: starting again does not help. */
export const CONFIG_EXIT_CODE = 78;

let isHeard = false;

/** Who does not catch a ConfigError ends with its message, which says it all, and with a code of its own. */
function endOnUncaught(): void {
  if (isHeard) return;
  isHeard = true;
  process.on('uncaughtExceptionMonitor', (error) => {
    if (!(error instanceof ConfigError)) return;
    console.error(error.message);
    process.exit(CONFIG_EXIT_CODE);
  });
}

/** The environment does not describe a runnable process. The message names every variable, never a value: it may be a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'config-invalid';
  /** For whoever else hears of errors that nobody caught, and is first. */
  readonly exitCode = CONFIG_EXIT_CODE;
  readonly variables: readonly string[];

  constructor(problems: readonly { variable: string; message: string }[]) {
    const lines = problems.map(({ variable, message }) => `  ${variable}: ${message}`);
    super(`The configuration is wrong; set these environment variables and start again:\n${lines.join('\n')}`);
    this.variables = problems.map(({ variable }) => variable);
    endOnUncaught();
  }
}

/**
 * Parses the environment once and freezes the result. An empty variable counts as not set.
 * @throws ConfigError naming every wrong variable, what was expected and how to fix it
 */
export function loadConfig<S extends z.ZodRawShape>(
  shape: S,
  env: Record<string, string | undefined>,
): Readonly<z.infer<z.ZodObject<S>>> {
  const given = Object.fromEntries(Object.entries(env).filter(([name, value]) => name in shape && value !== ''));
  const result = z.object(shape).safeParse(given);
  if (!result.success) throw new ConfigError(result.error.issues.map((issue) => describe(issue, shape, given)));
  refuseInProduction(result.data);
  return Object.freeze(result.data);
}

function describe(issue: z.core.$ZodIssue, shape: z.ZodRawShape, given: Record<string, string | undefined>) {
  const variable = String(issue.path[0] ?? 'environment');
  const schema = shape[variable];
  const hint = schema instanceof z.ZodType && schema.description ? `; set it to ${schema.description}` : '';
  return { variable, message: `${given[variable] === undefined ? 'is missing' : issue.message}${hint}` };
}

/** Weakened variants and failpoints exist to break the shop on purpose. */
function refuseInProduction(data: Record<string, unknown>): void {
  if (data['SOUK_MODE'] !== 'production') return;
  const given = ['SOUK_VARIANTS', 'SOUK_FAILPOINTS'].filter(
    (name) => (data[name] as ArrayLike<unknown> | undefined)?.length,
  );
  if (given.length === 0) return;
  throw new ConfigError(
    given.map((variable) => ({ variable, message: 'must be empty when SOUK_MODE=production; unset it' })),
  );
}
