// Runs inside a process of the shop, before its own code. Plain JavaScript: that process has no use for a type stripper.
import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 50;
const file = process.env.SOUK_CHAOS_FILE;
let dies;

function wish() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {}; // not there, or half written
  }
}

/** Unless it was undone meanwhile. SIGKILL, not exit(): nothing of the process may tidy up. */
function die() {
  dies = undefined;
  if (wish().dieAfterMs !== undefined) process.kill(process.pid, 'SIGKILL');
}

function turn() {
  const { dieAfterMs, busyPercent, blockMs } = wish();
  if (dieAfterMs !== undefined) dies ??= setTimeout(die, dieAfterMs);
  if (busyPercent === undefined) return later(LOOK_EVERY_MS);
  block(blockMs);
  later((blockMs * (100 - busyPercent)) / busyPercent);
}

/** Nothing else runs meanwhile. Ends at once when the file is gone. */
function block(ms) {
  const began = performance.now();
  let looked = began;
  for (let now = began; now - began < ms; now = performance.now()) {
    if (now - looked < LOOK_EVERY_MS) continue;
    if (wish().busyPercent === undefined) return;
    looked = now;
  }
}

function later(ms) {
  setTimeout(turn, ms).unref();
}

if (file) turn();
