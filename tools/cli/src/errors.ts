/** A failure a user can act on: what failed, why, and how to fix it. */
export class CliError extends Error {
  readonly why: string;
  readonly fix: string;

  constructor(what: string, why: string, fix: string, options?: ErrorOptions) {
    super(what, options);
    this.name = 'CliError';
    this.why = why;
    this.fix = fix;
  }
}

export interface RenderedError {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

/** Any thrown value as what / why / fix; an unforeseen one keeps its message and asks for a report. */
export function describeError(error: unknown): RenderedError {
  if (error instanceof CliError) return { what: error.message, why: error.why, fix: error.fix };
  const message = error instanceof Error ? reasonOf(error) : String(error);
  return {
    what: 'unexpected failure',
    why: message,
    fix: 'run again with SOUK_DEBUG=1 for the stack; ./souk doctor checks the machine',
  };
}

/** The first message that says something, following AggregateError and cause (Node's connection errors have an empty one). */
export function reasonOf(error: Error): string {
  if (error.message) return error.message;
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return reasonOf(error.errors[0]);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.name;
}

export function errorLines(error: RenderedError): string[] {
  return [`✖ ${error.what}`, `  why: ${error.why}`, `  fix: ${error.fix}`];
}
