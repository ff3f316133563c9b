import type { Transform } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import type { Coding } from './encodings.js';

/** Makes answers smaller. */
export interface Encoders {
  /** Off the event loop. */
  whole(coding: Coding, bytes: Buffer): Promise<Buffer>;
  /** For what is too large to hold, or of unknown length: every chunk goes out as it comes. */
  stream(coding: Coding): Transform;
}

const GZIP_LEVEL = 5;
/** 11, which is what nobody who leaves it out gets around, costs a hundred times as much. */
const BROTLI_QUALITY = 4;
/** 256 KiB in place of 4 MiB of memory for every answer under way. */
const BROTLI_WINDOW = 18;

const brotli = (more: Record<number, number> = {}) => ({
  params: {
    [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: BROTLI_WINDOW,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    ...more,
  },
});
const [gzipWhole, brotliWhole] = [promisify(gzip), promisify(brotliCompress)];

export const encoders: Encoders = {
  whole: (coding, bytes) =>
    coding === 'gzip'
      ? gzipWhole(bytes, { level: GZIP_LEVEL })
      : brotliWhole(bytes, brotli({ [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length })),
  stream: (coding) =>
    coding === 'gzip'
      ? createGzip({ level: GZIP_LEVEL, flush: constants.Z_SYNC_FLUSH })
      : createBrotliCompress({ ...brotli(), flush: constants.BROTLI_OPERATION_FLUSH }),
};
