import type { Grammar } from './requests.ts';

/** Of the length, which does not count itself. */
const LENGTH_BYTES = 4;
/** And of the number that says what is asked for. */
const KEY_BYTES = 2;
const PRODUCE = 0;
/** More than a broker takes. */
const LARGEST = 128 * 1_024 * 1_024;

/** Requests of the Kafka protocol: four bytes of length, then as many, which begin with two that say what is asked for. */
export function kafkaGrammar(): Grammar {
  let head = Buffer.alloc(0);
  let rest = 0;
  return (bytes, at) => {
    if (rest > 0) {
      const skipped = Math.min(rest, bytes.length - at);
      rest -= skipped;
      return { at: at + skipped, ends: rest === 0 };
    }
    const taken = Math.min(LENGTH_BYTES + KEY_BYTES - head.length, bytes.length - at);
    head = Buffer.concat([head, bytes.subarray(at, at + taken)]);
    if (head.length < LENGTH_BYTES + KEY_BYTES) return { at: at + taken };
    rest = head.readInt32BE(0) - KEY_BYTES;
    const named = head.readInt16BE(LENGTH_BYTES) === PRODUCE ? 'write' : 'read';
    head = Buffer.alloc(0);
    return rest < 0 || rest > LARGEST ? undefined : { at: at + taken, named, ends: rest === 0 };
  };
}
