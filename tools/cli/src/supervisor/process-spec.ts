/** How to ask a process whether it is ready. */
export interface Probe {
  readonly protocol: 'kafka' | 'postgres' | 'mongo' | 'valkey' | 'http';
  readonly port: number;
}

/** Infrastructure is what services stand on; telemetry is what watches them, and what they never wait for. */
export type ProcessKind = 'infra' | 'service' | 'telemetry';

/** Everything needed to run one process, now and again after a crash. Times in milliseconds. */
export interface ProcessSpec {
  readonly name: string;
  readonly kind: ProcessKind;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** The port it serves, for people. */
  readonly port: number;
  readonly probe: Probe;
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  readonly stopGraceMs: number;
  /** Changes when the code behind the command does: a running process with another one is restarted. */
  readonly fingerprint: string;
  /** A file the process writes while it stops, moved into place only after an orderly stop. */
  readonly keepAfterStop?: { readonly from: string; readonly to: string };
}

export type Health = 'starting' | 'ready' | 'unhealthy' | 'restarting' | 'stopped';

/** One line of `status`, as the supervisor sees it. */
export interface ProcessStatus {
  readonly name: string;
  readonly kind: ProcessKind;
  readonly pid: number | null;
  /** Beside the pid, which another process may have tomorrow (system/process-identity.ts); undefined of a supervisor of before. */
  readonly startTime?: number | null;
  readonly port: number;
  readonly health: Health;
  readonly restarts: number;
  readonly logFile: string;
  readonly lastExit: string | null;
  /** SOUK_VARIANTS of its environment. */
  readonly variants: readonly string[];
  /** It ended because of its configuration, and is not started again by itself. */
  readonly hasRefused: boolean;
}

/** True when a running process may stay as it is for this specification. */
export function sameSpec(a: ProcessSpec, b: ProcessSpec): boolean {
  return comparable(a) === comparable(b);
}

/** Java is not restarted only because the class archive has appeared meanwhile. */
const ABOUT_CLASS_ARCHIVES = ['-XX:ArchiveClassesAtExit=', '-XX:SharedArchiveFile=', '-Xlog:cds'];

function comparable(spec: ProcessSpec): string {
  const args = spec.args.filter((arg) => !ABOUT_CLASS_ARCHIVES.some((prefix) => arg.startsWith(prefix)));
  return JSON.stringify({ ...spec, args, keepAfterStop: undefined });
}
