// Plain JavaScript, so that Node need not load its type stripper for the entry point (30 MB for the whole life of the process).
import { superviseInstance } from './serve.ts';

await superviseInstance(process.argv[2]);
