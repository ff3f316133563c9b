import type { ZodType } from 'zod';
import type { ProblemCode } from './problems.js';

export type Access = 'anonymous' | 'user' | 'admin';
export type Method = 'get' | 'post' | 'put' | 'delete';

/** A value that travels beside the body. */
export interface Parameter {
  readonly schema: ZodType;
  readonly description: string;
  readonly example?: string;
}

/** Response headers that callers build on; what they mean is written once, in the generator. */
export type AnswerHeader = 'ETag' | 'Location' | 'Set-Cookie';

export interface Answer {
  readonly description: string;
  readonly schema?: ZodType;
  /** Other than application/json. */
  readonly types?: readonly string[];
  readonly headers?: readonly AnswerHeader[];
}

/** One operation of a service, and its address at the gateway: documents and the typed client are made from these tables. */
export interface Operation {
  /** Name of the function in the typed client. */
  readonly id: string;
  readonly method: Method;
  /** Path at the service; `{name}` stands for one segment. */
  readonly path: string;
  /** Path at the gateway; without it the operation cannot be reached from outside. */
  readonly public?: string;
  readonly access: Access;
  /** What of the caller's credentials counts; without it, a token or a session. */
  readonly credentials?: 'none' | 'session';
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Path parameters by name. */
  readonly params?: Readonly<Record<string, Parameter>>;
  /** An object schema; every field is one query parameter. */
  readonly query?: ZodType;
  /** What the fields of `query` mean, where their names do not say it. */
  readonly queryHelp?: Readonly<Record<string, string>>;
  /** Request headers by name: required ones, or optional where the schema is. */
  readonly headers?: Readonly<Record<string, Parameter>>;
  readonly body?: ZodType;
  /** Whether the body may be left out. */
  readonly bodyOptional?: true;
  /** The gateway answers by itself and changes nothing of the shop: no upstream can fail, and a read-only shop takes it. */
  readonly standsAlone?: true;
  /** By status; problems stand apart. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Codes beyond those that every operation of its kind can answer. */
  readonly problems?: readonly ProblemCode[];
}

/** The operations of one deployable. */
export interface ServiceApi {
  readonly title: string;
  readonly description: string;
  /** Who checks the caller: the gateway's internal token, nobody (simulators), or the gateway itself. */
  readonly security: 'internal' | 'none' | 'public';
  readonly operations: readonly Operation[];
}
