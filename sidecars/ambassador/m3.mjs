import { readFileSync } from 'node:fs';
const pss = () => {
  const s = readFileSync('/proc/self/smaps_rollup', 'utf8');
  return ['Rss', 'Pss', 'Pss_Anon', 'Pss_File']
    .map((k) => k + ' ' + Math.round(s.match(new RegExp(`^${k}:\\s+(\\d+)`, 'm'))[1] / 102.4) / 10)
    .join(' ');
};
const p = (l) => {
  const m = process.memoryUsage();
  console.log(
    l.padEnd(30),
    pss(),
    'heapTotal',
    (m.heapTotal / 1048576).toFixed(1),
    'used',
    (m.heapUsed / 1048576).toFixed(1),
    'ext',
    (m.external / 1048576).toFixed(1),
  );
};
p('bare');
for (const m of process.argv.slice(2)) {
  await import(m);
  p(m);
}
for (let i = 0; i < 3; i++) {
  global.gc?.();
  await new Promise((r) => setTimeout(r, 100));
}
p('after gc');
