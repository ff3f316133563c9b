import { readIfThere, writeFileAtomically } from '../system/files.ts';
import type { Result } from './prober.ts';

export interface Beat {
  /** ISO 8601. */
  readonly at: string;
  readonly status: string;
  readonly rounds: number;
}

/** Left after every round, whatever it found: a prober that says nothing is an alert by itself. */
export function beat(file: string, { at, status, rounds }: Beat): void {
  writeFileAtomically(file, `${JSON.stringify({ at, status, rounds })}\n`);
}

/** Why the prober must be taken for dead, or undefined. `now` is epoch ms. */
export function silence(file: string, maxSeconds: number, now: number): string | undefined {
  const text = readIfThere(file);
  if (text === undefined) return `${file} is not there: no prober has looked yet`;
  const at = Date.parse(timeIn(text));
  if (Number.isNaN(at)) return `${file} holds no heartbeat`;
  const age = Math.round((now - at) / 1_000);
  return age <= maxSeconds ? undefined : `the prober has been silent for ${age} s, more than ${maxSeconds}`;
}

function timeIn(text: string): string {
  try {
    const { at }: { at?: unknown } = JSON.parse(text);
    return String(at);
  } catch {
    return '';
  }
}

/** What a round found as Prometheus text, for the textfile collector of a node exporter. `now` is epoch ms. */
export function asMetrics(results: readonly Result[], { status, now }: { status: string; now: number }): string {
  const labels = ({ name, address }: Result) => `{target=${JSON.stringify(name)},address=${JSON.stringify(address)}}`;
  const gauge = (name: string, help: string, lines: readonly string[]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...lines,
  ];
  const withEnd = results.filter(({ certificateEnds }) => certificateEnds !== null);
  return `${[
    ...gauge('souk_probe_last_round_timestamp_seconds', 'When the prober looked last; alert on its age.', [
      `souk_probe_last_round_timestamp_seconds ${Math.floor(now / 1_000)}`,
    ]),
    ...gauge('souk_probe_ok', 'Whether the last round found nothing wrong.', [
      `souk_probe_ok ${status === 'failed' ? 0 : 1}`,
    ]),
    ...gauge(
      'souk_probe_up',
      'Whether an instance is well.',
      results.map((one) => `souk_probe_up${labels(one)} ${one.status === 'failed' ? 0 : 1}`),
    ),
    ...gauge(
      'souk_probe_seconds',
      'How long its answer took.',
      results.map((one) => `souk_probe_seconds${labels(one)} ${one.ms / 1_000}`),
    ),
    ...gauge(
      'souk_probe_certificate_end_timestamp_seconds',
      'When its certificate ends.',
      withEnd.map(
        (one) =>
          `souk_probe_certificate_end_timestamp_seconds${labels(one)} ${Math.floor(Date.parse(one.certificateEnds ?? '') / 1_000)}`,
      ),
    ),
  ].join('\n')}\n`;
}
