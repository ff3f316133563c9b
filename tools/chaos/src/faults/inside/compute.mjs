// Keeps one core busy. Ends with the signal that ends it, or by itself where nobody is left who would send one.
const ENDS_AFTER_MS = 10 * 60_000;
const end = performance.now() + ENDS_AFTER_MS;
let sum = 0;
while (performance.now() < end) sum += Math.sqrt(sum + 1);
