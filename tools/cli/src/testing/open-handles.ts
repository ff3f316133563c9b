interface Endpoint {
  readonly ip4?: string;
  readonly ip6?: string;
  readonly port?: number;
}

/** The part of Node's diagnostic report that is read; not every kind of handle has everything. */
interface Handle {
  readonly type: string;
  readonly is_active?: boolean;
  readonly is_referenced?: boolean;
  readonly localEndpoint?: Endpoint | null;
  readonly remoteEndpoint?: Endpoint | null;
  readonly pid?: number;
}

/** What keeps a process from ending, by its diagnostic report (`libuv`), e.g. `tcp to 127.0.0.1:9092`. */
export function openHandlesIn(report: unknown): string[] {
  const { libuv = [] } = Object(report) as { readonly libuv?: readonly Handle[] };
  return libuv
    .filter(({ type, is_active, is_referenced }) => type !== 'loop' && is_active === true && is_referenced === true)
    .map(named);
}

function named({ type, localEndpoint, remoteEndpoint, pid }: Handle): string {
  if (remoteEndpoint) return `${type} to ${address(remoteEndpoint)}`;
  if (localEndpoint) return `${type} on ${address(localEndpoint)}`;
  return pid === undefined ? type : `${type} ${pid}`;
}

const address = ({ ip4, ip6, port }: Endpoint): string => `${ip4 ?? `[${ip6 ?? ''}]`}:${port ?? ''}`;
