import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CliError } from '../errors.ts';

/** A namespace of a cluster, as kubectl finds it. */
export interface ClusterRef {
  /** A context of the kubeconfig, for example kind-souk. */
  readonly context: string;
  readonly namespace: string;
  /** The context is kubectl's current one, so that commands for people need not name it. */
  readonly isCurrent?: boolean;
}

export interface KubectlOptions {
  /** Standard input of kubectl: manifests for `apply -f -`. */
  readonly input?: string;
  readonly timeoutMs?: number;
  /** False for what has no namespace, or names its own. */
  readonly namespaced?: boolean;
}

/** A Service, or a Pod, that answers on a loopback port until `close`. */
export interface Forward {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  /** Resolves when it is over: closed, or its pod is gone. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 60_000;
const FORWARD_WITHIN_MS = 20_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Arguments that name context and namespace, before those of the call. */
export function kubectlArgs(
  { context, namespace }: ClusterRef,
  args: readonly string[],
  namespaced = true,
): readonly string[] {
  return ['--context', context, ...(namespaced ? ['--namespace', namespace] : []), ...args];
}

/** Runs kubectl against the context and answers its output; what it complains about is a CliError. */
export function kubectl(ref: ClusterRef, args: readonly string[], options: KubectlOptions = {}): Promise<string> {
  const argv = kubectlArgs(ref, args, options.namespaced);
  return new Promise((resolve, reject) => {
    const limits = { timeout: options.timeoutMs ?? TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
    const child = execFile('kubectl', argv, limits, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      reject(kubectlError(ref, args, error.killed ? 'it did not answer in time' : stderr.trim() || error.message));
    });
    child.stdin?.on('error', () => undefined); // kubectl ended before it read: its exit says why
    child.stdin?.end(options.input ?? '');
  });
}

/** The object or list that `kubectl … --output json` answers; its shape is what the caller says it is. */
export async function kubectlJson<T>(ref: ClusterRef, args: readonly string[], options?: KubectlOptions): Promise<T> {
  return JSON.parse(await kubectl(ref, [...args, '--output', 'json'], options)) as T;
}

/** True when the cluster has the object (`deployment/order`). */
export async function exists(ref: ClusterRef, object: string, namespaced = true): Promise<boolean> {
  const found = await kubectl(ref, ['get', object, '--ignore-not-found', '--output', 'name'], { namespaced });
  return found.trim() !== '';
}

const KNOWN: readonly { pattern: RegExp; why: (ref: ClusterRef) => string; fix: (ref: ClusterRef) => string }[] = [
  {
    pattern: /ENOENT/,
    why: () => 'kubectl was not found on PATH',
    fix: () => 'install it: https://kubernetes.io/docs/tasks/tools',
  },
  {
    pattern: /context .* does not exist|no context exists/i,
    why: ({ context }) => `the kubeconfig has no context '${context}'`,
    fix: () => 'kubectl config get-contexts lists them; choose one with --context',
  },
  {
    pattern: /connection to the server|was refused|no such host|i\/o timeout|did not answer in time|Unable to connect/i,
    why: ({ context }) => `the cluster of context '${context}' does not answer`,
    fix: () => 'start that cluster, or choose another one with --context',
  },
  {
    pattern: /Forbidden|cannot (get|list|create|delete|patch|update)/,
    why: ({ context }) => `the user of context '${context}' may not do this`,
    fix: ({ namespace }) => `ask for the rights of an administrator of namespace ${namespace}`,
  },
];

/** What kubectl said, as what / why / fix. */
export function kubectlError(ref: ClusterRef, args: readonly string[], said: string): CliError {
  const known = KNOWN.find(({ pattern }) => pattern.test(said));
  const what = `kubectl ${args.slice(0, 3).join(' ')} failed`;
  const line = said.split('\n').findLast((one) => one.trim() !== '') ?? said;
  if (known) return new CliError(what, `${known.why(ref)}: ${line}`, known.fix(ref));
  return new CliError(what, line, `kubectl ${kubectlArgs(ref, args).join(' ')} shows all of it`);
}

/**
 * Makes a port of a Service (`trace-store`, port by name or number; or `pod/NAME`) answer on a free port of loopback. The
 * forward belongs to one pod: when that pod goes, open it again.
 */
export async function forward(ref: ClusterRef, service: string, port: string | number): Promise<Forward> {
  const target = service.includes('/') ? service : `service/${service}`;
  const args = ['port-forward', '--address', '127.0.0.1', target, `:${port}`];
  const child = spawn('kubectl', kubectlArgs(ref, args), { stdio: ['ignore', 'pipe', 'pipe'] });
  endWithUs(child);
  const over = new Promise<void>((resolve) => child.once('close', () => resolve()));
  void over.then(() => forwards.delete(child));
  const close = async () => {
    forwards.delete(child);
    await ended(child);
  };
  try {
    const local = await localPort(child);
    return { url: `http://127.0.0.1:${local}`, ended: over, close };
  } catch (error) {
    await close();
    throw kubectlError(ref, args, error instanceof Error ? error.message : String(error));
  }
}

/** A chaos run has a dozen of them: one listener for all. */
const forwards = new Set<ChildProcess>();
const endAll = (): void => {
  for (const child of forwards) child.kill();
};

function endWithUs(child: ChildProcess): void {
  forwards.add(child);
  if (!process.listeners('exit').includes(endAll)) process.once('exit', endAll);
}

/** Runs `work` with the URL of a Service and ends the forward afterwards, whatever happened. */
export async function withService<T>(
  ref: ClusterRef,
  { service, port }: { readonly service: string; readonly port: string | number },
  work: (url: string) => Promise<T>,
): Promise<T> {
  const opened = await forward(ref, service, port);
  try {
    return await work(opened.url);
  } finally {
    await opened.close();
  }
}

/** kubectl chooses the port and prints `Forwarding from 127.0.0.1:43211 -> 8080`. */
export function portIn(line: string): number | undefined {
  const port = /^Forwarding from 127\.0\.0\.1:(\d+) ->/.exec(line)?.[1];
  return port === undefined ? undefined : Number(port);
}

function localPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error('port-forward did not answer in time')), FORWARD_WITHIN_MS);
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      outcome();
    };
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    child.once('error', (error) => settle(() => reject(error)));
    child.once('exit', (code) => settle(() => reject(new Error(said.trim() || `exit code ${code}`))));
    if (!child.stdout) return settle(() => reject(new Error('no output')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const port = portIn(line);
      if (port !== undefined) settle(() => resolve(port));
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill();
  });
}
