import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICES } from '../../../crash/support/souk.ts';
import { instance } from '../../support/shop.ts';

/** One entry, whatever somebody sent. */
const LONGEST_LINE = 16_384;

export interface LogMark {
  /** File → bytes that were there before. */
  readonly sizes: ReadonlyMap<string, number>;
}

const ours = (): string[] =>
  readdirSync(instance().logsDir)
    .filter((file) => SERVICES.some((name) => file === `${name}.log`))
    .map((file) => join(instance().logsDir, file));

export const markLogs = (): LogMark => ({ sizes: new Map(ours().map((file) => [file, statSync(file).size])) });

/** File → what was written since. */
export const writtenSince = ({ sizes }: LogMark): Map<string, string> =>
  new Map(
    ours().map((file) => [
      file,
      readFileSync(file)
        .subarray(sizes.get(file) ?? 0)
        .toString(),
    ]),
  );

/** What makes a log no list of entries, a line each: control characters, lines of somebody else's making, lines without end. */
export function brokenLines(text: string): string[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.flatMap((line) => {
    if (/\p{Cc}/u.test(line)) return [`a control character: ${JSON.stringify(line.slice(0, 200))}`];
    if (line.length > LONGEST_LINE) return [`a line of ${line.length} characters: ${line.slice(0, 200)}`];
    return isEntry(line) ? [] : [`no entry: ${line.slice(0, 200)}`];
  });
}

function isEntry(line: string): boolean {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null && 'level' in entry && 'time' in entry;
  } catch {
    return false;
  }
}

/** `where` for every mark that the text holds. Marks are letters and digits, which look the same in an address. */
export const found = (where: string, text: string, marks: readonly string[]): string[] =>
  marks.filter((mark) => text.includes(mark)).map((mark) => `${where} has ${mark}`);

/** Metrics of all of our processes. @throws Error where one does not tell any */
export async function allMetrics(): Promise<Map<string, string>> {
  const { management } = instance().ports;
  const answers = SERVICES.map(async (name) => {
    const port = management[name];
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(5_000) });
    const text = await answer.text();
    if (!answer.ok || !text.includes('# TYPE ')) throw new Error(`${name} tells no metrics: ${answer.status}`);
    return [name, text] as const;
  });
  return new Map(await Promise.all(answers));
}

/** The span attributes of a trace, as text; empty where the store does not have it. */
export async function traceText(store: string, traceId: string): Promise<string> {
  const answer = await fetch(`${store}/traces/${traceId}`, { signal: AbortSignal.timeout(5_000) });
  return answer.ok ? answer.text() : '';
}
