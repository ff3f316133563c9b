const LEVELS: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO ',
  40: 'WARN ',
  50: 'ERROR',
  60: 'FATAL',
};
const SAID_ELSEWHERE = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'name', 'service']);

/** A JSON log line for people: time, level, message, and the remaining fields. Any other line stays as it is. */
export function formatLogLine(line: string): string {
  const entry = line.startsWith('{') ? parse(line) : undefined;
  if (!entry) return line;
  const time = new Date(typeof entry.time === 'number' || typeof entry.time === 'string' ? entry.time : Number.NaN);
  const at = Number.isNaN(time.getTime()) ? '' : `${time.toISOString().slice(11, 23)} `;
  const level =
    typeof entry.level === 'number'
      ? (LEVELS[entry.level] ?? entry.level)
      : String(entry.level ?? '')
          .toUpperCase()
          .padEnd(5);
  const fields = Object.entries(entry).filter(([name]) => !SAID_ELSEWHERE.has(name));
  const rest = fields.map(([name, value]) => `${name}=${short(value)}`).join(' ');
  return `${at}${level} ${typeof entry.msg === 'string' ? entry.msg : ''}${rest ? ` ${rest}` : ''}`;
}

/** An error by its message alone; its stack is in the raw line. */
function short(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value && 'stack' in value)
    return JSON.stringify(value.message);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
