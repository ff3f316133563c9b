import type { BatchAnswer } from '@souk/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SubRequest } from './batch.js';

/** A batch that was let in. */
export interface AdmittedBatch {
  readonly requests: readonly SubRequest[];
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** The internal token of who sent it. */
  readonly token: string;
}

/** Where batches are run: in this process, or in one that does nothing else. */
export abstract class Batches {
  /** Text is JSON as it goes out. @throws CodedError 503, 504 when nobody can run it */
  abstract run(batch: AdmittedBatch): Promise<BatchAnswer | string>;
}
