export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const REST = /^(?:\{(.*)\})? (\S+)/;
const LABEL = /([a-zA-Z_]\w*)=("(?:[^"\\]|\\.)*")/g;

/**
 * The readings of some metrics in Prometheus' text format 0.0.4. A metric that is declared and has no readings is there with
 * none; one that the process does not know is absent.
 */
export function readMetrics(text: string, wanted: ReadonlySet<string>): Map<string, Reading[]> {
  const found = new Map<string, Reading[]>();
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) {
      const [, kind, name = ''] = line.split(' ', 3);
      if (kind === 'TYPE' && wanted.has(name)) found.set(name, found.get(name) ?? []);
      continue;
    }
    const name = line.slice(0, line.search(/[{ ]/));
    const [, labels = '', value = ''] = wanted.has(name) ? (REST.exec(line.slice(name.length)) ?? []) : [];
    if (value !== '') found.set(name, [...(found.get(name) ?? []), { labels: labelsOf(labels), value: Number(value) }]);
  }
  return found;
}

const labelsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(LABEL)].map(([, name = '', quoted = '""']) => [name, JSON.parse(quoted) as string]),
  );

/** The sum of all readings that have these labels; undefined where none has: the name may be wrong, or nothing was counted yet. */
export function sumOf(readings: readonly Reading[], labels: Readonly<Record<string, string>> = {}): number | undefined {
  const meant = readings.filter((reading) =>
    Object.entries(labels).every(([name, value]) => reading.labels[name] === value),
  );
  return meant.length === 0 ? undefined : meant.reduce((sum, { value }) => sum + value, 0);
}
