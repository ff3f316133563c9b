import { createHttpClient } from '@souk/http';
import { runInContext } from '@souk/observability';

/** What asks a service how it is. */
export interface HealthCheck {
  /** Resolves when it is well. */
  ask(signal: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

/** `/readyz` of the instances of a version; one that is ready is enough, as it is for a call. */
export function readinessOf(urls: readonly string[], managementPort: string): HealthCheck {
  const clients = urls.map((url) =>
    createHttpClient({ name: 'health', baseUrl: managementUrl(url, managementPort), connections: 1 }),
  );
  const isReady = async (client: (typeof clients)[number], signal: AbortSignal): Promise<void> => {
    const { status, body } = await client.request({ method: 'GET', path: '/readyz', signal });
    await body.dump();
    if (status !== 200) throw new Error(`/readyz answered ${status}`);
  };
  return {
    // Not on behalf of the request that happened to open the circuit.
    ask: (signal) => runInContext(undefined, () => Promise.any(clients.map((client) => isReady(client, signal)))),
    close: async () => void (await Promise.all(clients.map((client) => client.close()))),
  };
}

/** `port`: `9090`, the same for all; or `+1000`, so much above that of the URL. Management ports speak plain HTTP. */
export function managementUrl(url: string, port: string): string {
  const { protocol, hostname, port: own } = new URL(url);
  const usual = protocol === 'https:' ? 443 : 80;
  return `http://${hostname}:${port.startsWith('+') ? Number(own || usual) + Number(port) : port}`;
}
