/** The environment as the tests find it; the only place of this library that reads it. */
export const environment: Readonly<Record<string, string | undefined>> = process.env;
