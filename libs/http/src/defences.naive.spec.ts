import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { CodedError } from './coded-error.js';
import { problemOf } from './problem.js';
import { problemWithStack } from './problem.naive.js';
import { validationPipe } from './validation.js';
import { lenientPipe } from './validation.naive.js';

describe('unknown-fields-taken', () => {
  const schema = z.strictObject({ name: z.string() });
  const metadata = { type: 'body' as const, schema };
  const stuffed = { name: 'tea', role: 'admin' };

  it('GK-8 takes along what nobody asked for, which the real pipe refuses', async () => {
    expect(await lenientPipe().transform(stuffed, metadata)).toEqual(stuffed);
    await expect(validationPipe().transform(stuffed, metadata)).rejects.toMatchObject({ code: 'validation-failed' });
  });

  it('refuses everything else', async () => {
    await expect(lenientPipe().transform({ name: 1, role: 'admin' }, metadata)).rejects.toMatchObject({
      code: 'validation-failed',
    });
  });
});

it('GK-4 errors-tell-all shows where a refusal was made, the real one what was wrong', () => {
  const error = new CodedError('invalid', 'bad-request', 'The request cannot be understood.');
  expect(problemWithStack(error, {}).problem.detail).toMatch(/at .*:\d+:\d+/);
  expect(problemOf(error, {}).problem.detail).toBe('The request cannot be understood.');
});
