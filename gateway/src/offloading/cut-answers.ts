import type { FastifyRequest } from 'fastify';

/** Told of what goes wrong once an answer has begun: its caller sees it cut, and no status can say why any more. */
export type TellCut = (error: unknown, request: Pick<FastifyRequest, 'method' | 'routeTemplate'>) => void;

/** Once for each of them; who leaves before the end is no fault, and is not told here. */
export const cutAnswers =
  (log: { warn(fields: object, message: string): void }): TellCut =>
  (err, { method, routeTemplate: route }) =>
    log.warn({ code: codeOf(err), method, route, err }, 'an answer was cut');

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
