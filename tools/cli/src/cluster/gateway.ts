import { ApiClient } from '../shop/api-client.ts';
import type { Tokens } from '../shop/token.ts';
import { forward, kubectlJson } from './kubectl.ts';
import type { ClusterRef } from './kubectl.ts';
import type { List, Node, ServiceObject } from './objects.ts';

/** A way to the shop's door; `kind` says which, because a forward ends with this command. */
export interface Gateway {
  readonly url: string;
  readonly kind: 'node port' | 'load balancer' | 'port-forward';
  /** The Service that it leads to. */
  readonly door: Door['name'];
  close(): Promise<void>;
}

/** Who takes requests from outside: the gatekeeper where it stands in front, since the gateway behind it takes none without a pass. */
export interface Door {
  readonly name: 'gatekeeper' | 'gateway';
  /** Its Service that can be reached without kubectl; undefined where there is none. */
  readonly outside: ServiceObject | undefined;
}

/** The port of k8s/kind.yaml on this machine. */
const KIND_HOST_PORT = { nodePort: 30080, url: 'http://localhost:8080' };

/** Where the gateway may answer from outside the cluster, the likeliest first. Nothing is tried here. */
export function gatewayCandidates(
  context: string,
  service: ServiceObject | undefined,
  nodes: readonly Node[],
): { readonly url: string; readonly kind: 'node port' | 'load balancer' }[] {
  const balancers = (service?.status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
  const http = service?.spec.ports.find(({ name }) => name === 'http') ?? service?.spec.ports[0];
  if (!http) return [];
  const atNode = (host: string) => `http://${host}:${http.nodePort}`;
  const addresses = nodes.flatMap(({ status }) => status.addresses ?? []).filter(({ type }) => type !== 'Hostname');
  const mapped = context.startsWith('kind-') && http.nodePort === KIND_HOST_PORT.nodePort ? [KIND_HOST_PORT.url] : [];
  const atNodes = http.nodePort
    ? [...mapped, ...['127.0.0.1', ...addresses.map((one) => one.address)].map(atNode)]
    : [];
  return [
    ...balancers.map((host) => ({ url: `http://${host}:${http.port}`, kind: 'load balancer' as const })),
    ...[...new Set(atNodes)].map((url) => ({ url, kind: 'node port' as const })),
  ];
}

/** The door of a shop, out of the Services of its gateway and of its gatekeeper. */
export function doorOf(services: readonly ServiceObject[]): Door {
  const of = (name: Door['name']) =>
    services.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === name);
  const name = of('gatekeeper').length > 0 ? 'gatekeeper' : 'gateway';
  return { name, outside: of(name).find(({ spec }) => spec.type === 'LoadBalancer' || spec.type === 'NodePort') };
}

/** The node port or load balancer at which this machine reaches the shop; undefined where there is none. */
export async function reachableGateway(ref: ClusterRef, tokens: Tokens): Promise<Omit<Gateway, 'close'> | undefined> {
  return reachable(ref, await findDoor(ref), tokens);
}

/** Opens the shop by its node port or load balancer where this machine reaches it and knows it, else by a port-forward. */
export async function openGateway(ref: ClusterRef, tokens: Tokens): Promise<Gateway> {
  const door = await findDoor(ref);
  const found = await reachable(ref, door, tokens).catch(() => undefined);
  if (found) return { ...found, close: () => Promise.resolve() };
  const { url, close } = await forward(ref, door.name, 'http');
  return { url, close, kind: 'port-forward', door: door.name };
}

/** Who takes requests from outside, whether or not anybody can be reached. */
export async function findDoor(ref: ClusterRef): Promise<Door> {
  const selector = 'app.kubernetes.io/name in (gateway, gatekeeper)';
  return doorOf((await kubectlJson<List<ServiceObject>>(ref, ['get', 'services', '--selector', selector])).items);
}

async function reachable(
  ref: ClusterRef,
  { name, outside }: Door,
  tokens: Tokens,
): Promise<Omit<Gateway, 'close'> | undefined> {
  if (!outside) return undefined;
  const nodes = await kubectlJson<List<Node>>(ref, ['get', 'nodes'], { namespaced: false }).catch(() => ({
    items: [],
  }));
  const tried = gatewayCandidates(ref.context, outside, nodes.items);
  if (tried.length === 0) return undefined;
  const token = await tokens('souk-probe');
  for (const candidate of tried) {
    if (await isOurs(candidate.url, token)) return { ...candidate, door: name };
  }
  return undefined;
}

/** The port may be another shop's, one on this machine for example: only the shop of this cluster takes its tokens. */
async function isOurs(url: string, token: string): Promise<boolean> {
  const answer = await new ApiClient(url).send('GET', '/api/cart', { token, timeoutMs: 3_000 }).catch(() => undefined);
  const code = (answer?.body as { code?: string } | undefined)?.code;
  return answer?.status === 200 || (answer !== undefined && answer.status >= 500 && code !== undefined);
}
