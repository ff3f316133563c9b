import type { Problem } from './generated/types.gen.js';

/** A refused request as an error: the fields of its RFC 9457 document. `code` is stable, `detail` is for people. */
export class SoukProblem extends Error implements Problem {
  override readonly name = 'SoukProblem';
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly instance?: string;
  readonly traceId?: string;
  readonly errors?: Problem['errors'];

  constructor(problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.detail ?? problem.title}`);
    const { type, title, status, code, detail, instance, traceId, errors } = problem;
    this.type = type;
    this.title = title;
    this.status = status;
    this.code = code;
    if (detail !== undefined) this.detail = detail;
    if (instance !== undefined) this.instance = instance;
    if (traceId !== undefined) this.traceId = traceId;
    if (errors !== undefined) this.errors = errors;
  }
}

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'status' in value && 'title' in value;
}
