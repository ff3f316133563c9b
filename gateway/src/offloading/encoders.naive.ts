import { brotliCompressSync, createBrotliCompress, gzipSync } from 'node:zlib';
import { encoders, type Encoders } from './encoders.js';

/** What a sample does: the defaults of the library (brotli 11, a hundred times the work of 4), and nobody else is served meanwhile. */
export const slowEncoders: Encoders = {
  whole: async (coding, bytes) => (coding === 'gzip' ? gzipSync(bytes, { level: 9 }) : brotliCompressSync(bytes)),
  stream: (coding) => (coding === 'gzip' ? encoders.stream(coding) : createBrotliCompress()),
};
