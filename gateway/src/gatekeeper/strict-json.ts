import { isNested, MAX_DEPTH, parsedJson, TOO_DEEP, unfit } from './json-text.js';

/** An order of a hundred lines has a tenth of that. */
const MAX_VALUES = 10_000;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * JSON that every reader takes for the same: UTF-8 without a mark at its front, no deeper than 64, at most 10,000 values, numbers
 * that are numbers, text that is text, and no key that reaches into how objects are made.
 * @throws CodedError 400 `malformed-json`, `validation-failed`
 */
export function strictJson(bytes: Uint8Array): unknown {
  const value = parsedJson(() => utf8.decode(bytes));
  const fault = faultIn(value);
  if (fault === undefined) return value;
  throw unfit(fault);
}

/** Level by level, so that no depth is too deep for looking. */
function faultIn(value: unknown): string | undefined {
  let level: unknown[] = [value];
  let count = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return TOO_DEEP;
    count += level.length;
    if (count > MAX_VALUES) return `more than ${MAX_VALUES} values`;
    const fault = level.map(faultOf).find((one) => one !== undefined);
    if (fault !== undefined) return fault;
    level = level.flatMap((one): unknown[] => (isNested(one) ? Object.values(one) : []));
  }
  return undefined;
}

function faultOf(value: unknown): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return 'a number is out of range';
  if (typeof value === 'string' && !value.isWellFormed()) return 'a text holds half a character';
  if (!isNested(value) || Array.isArray(value)) return undefined;
  const keys = Object.keys(value);
  if (keys.some((key) => !key.isWellFormed())) return 'a name holds half a character';
  return keys.some((key) => key === '__proto__' || key === 'constructor' || key === 'prototype')
    ? 'a name is __proto__, constructor or prototype'
    : undefined;
}
