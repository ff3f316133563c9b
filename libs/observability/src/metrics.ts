/** What a metric reads when it is asked for: one value, or one for each set of labels. */
type Reading = number | readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];

interface Metric {
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly read: () => Reading;
}

/** Values that are read when somebody looks, as Prometheus text; nothing is kept here. */
export class Metrics {
  readonly #metrics = new Map<string, Metric>();

  /** Only grows while the process lives; by convention the name ends in `_total`. */
  counter(name: string, help: string, read: () => Reading): void {
    this.#metrics.set(name, { help, type: 'counter', read });
  }

  gauge(name: string, help: string, read: () => Reading): void {
    this.#metrics.set(name, { help, type: 'gauge', read });
  }

  /** Prometheus text exposition format 0.0.4. */
  render(): string {
    return [...this.#metrics].map(([name, metric]) => rendered(name, metric)).join('');
  }
}

function rendered(name: string, { help, type, read }: Metric): string {
  const reading = read();
  const values = typeof reading === 'number' ? [{ labels: {}, value: reading }] : reading;
  const lines = values.map(({ labels, value }) => `${name}${labelled(labels)} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
}

function labelled(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
