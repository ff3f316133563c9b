import type { PipeTransform } from '@nestjs/common';
import { isCodedError } from './coded-error.js';
import { UNKNOWN_FIELD, validationPipe } from './validation.js';

/** Variant `unknown-fields-taken`: a field too many is no reason to send anybody away; it is taken along as it is. */
export function lenientPipe(): PipeTransform {
  const strict = validationPipe();
  return {
    async transform(value: unknown, metadata): Promise<unknown> {
      try {
        return await strict.transform(value, metadata);
      } catch (error) {
        const errors = isCodedError(error) ? (error.errors ?? []) : [];
        if (errors.length > 0 && errors.every(({ message }) => message === UNKNOWN_FIELD)) return value;
        throw error;
      }
    },
  };
}
