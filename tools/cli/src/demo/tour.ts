import type { Chapter } from './chapter.ts';
import { audit } from './chapters/audit.ts';
import { browse } from './chapters/browse.ts';
import { kill } from './chapters/kill.ts';
import { cancel, declined, order, outOfStock } from './chapters/order.ts';
import { readSide } from './chapters/read-side.ts';
import { signIn } from './chapters/sign-in.ts';
import { suggestions } from './chapters/suggestions.ts';

export const CHAPTERS: readonly Chapter[] = [
  browse,
  signIn,
  order,
  declined,
  outOfStock,
  cancel,
  suggestions,
  readSide,
  kill,
  audit,
];
