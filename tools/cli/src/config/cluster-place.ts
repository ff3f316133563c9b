import { CliError } from '../errors.ts';
import { forward, kubectl, kubectlJson } from '../cluster/kubectl.ts';
import type { ClusterRef, Forward } from '../cluster/kubectl.ts';
import type { Meta } from '../cluster/objects.ts';
import type { ConfigDocument } from './documents.ts';
import { holderOf } from './holder.ts';
import { askUrl, changedMeanwhile } from './host-place.ts';
import type { Place } from './place.ts';

interface Listed {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly status: { readonly phase?: string };
  }[];
}

interface Stored {
  readonly metadata: Meta & { readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** Ends the names of the parts of a ConfigMap that hold earlier texts. */
const HISTORY = '.history.jsonl';
/** The name of the part with the text of one pod. */
const INSTANCE = /^settings\.(.+)\.yaml$/;
const TOUCHED = 'souk.dev/refreshed-at';

const selector = (service: string): string => `app.kubernetes.io/part-of=souk,app.kubernetes.io/name=${service}`;

/** A namespace with the charts in it; pods are asked through port forwards that stay open until `close`. */
export function clusterPlace(ref: ClusterRef): Place {
  const forwards = new Map<string, Promise<Forward>>();
  const open = (pod: string): Promise<Forward> => {
    const known = forwards.get(pod) ?? forward(ref, `pod/${pod}`, 'management');
    forwards.set(pod, known);
    return known;
  };
  const askPod = async (pod: string, path: string) => {
    const opened = open(pod);
    const body = await opened.then(({ url }) => askUrl(url, path)).catch(() => undefined);
    if (body === undefined) {
      // The pod is starting, gone or has begun anew: the next look opens another forward.
      forwards.delete(pod);
      await opened.then((one) => one.close()).catch(() => undefined);
    }
    return { replica: pod, body };
  };
  return {
    title: `namespace ${ref.namespace} of ${ref.context}`,
    readDocument: async (document) =>
      (await read(ref, 'configmap', mainMapOf(document))).data?.[partOf(document)] ?? document.packaged,
    writeDocument: async (document, text) => {
      for (const service of document.services) await applyDocument(ref, document, service, text);
    },
    removeDocument: async (document) => {
      for (const service of document.services) await applyDocument(ref, document, service, undefined);
    },
    instancesOf: async (service) =>
      Object.keys((await read(ref, 'configmap', mapOf(service))).data ?? {}).flatMap(
        (part) => INSTANCE.exec(part)?.[1] ?? [],
      ),
    readHistory: async (document) =>
      (await read(ref, 'configmap', mainMapOf(document))).data?.[historyOf(document)] ?? '',
    writeHistory: (document, text) => applyHistory(ref, document, text),
    readSecret: async (name) => {
      const { metadata, data = {} } = await read(ref, 'secret', name);
      const parts = Object.entries(data).map(([part, text]) => [part, Buffer.from(text, 'base64').toString('utf8')]);
      const holder = holderOf(metadata);
      const content = { parts: Object.fromEntries(parts), version: metadata.resourceVersion };
      return holder === undefined ? content : { ...content, holder };
    },
    writeSecret: (name, version, parts) => replaceSecret(ref, name, version, parts),
    // A pod that changes is looked at by the kubelet at once, its volumes included; otherwise they follow within about a minute.
    refresh: async (service) => {
      const now = `${TOUCHED}=${new Date().toISOString().replaceAll(':', '.')}`;
      await kubectl(ref, ['annotate', 'pods', '--selector', selector(service), '--overwrite', now]);
    },
    ask: async (service, path) => {
      const { items } = await kubectlJson<Listed>(ref, ['get', 'pods', '--selector', selector(service)]);
      const running = items.filter(({ metadata, status }) => !metadata.deletionTimestamp && status.phase === 'Running');
      return Promise.all(running.map(({ metadata }) => askPod(metadata.name, path)));
    },
    withSuperuser: (work) => withSuperuser(ref, work),
    close: async () => {
      const opened = await Promise.allSettled(forwards.values());
      await Promise.all(opened.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
    },
  };
}

function read(ref: ClusterRef, kind: string, name: string): Promise<Stored> {
  return kubectlJson<Stored>(ref, ['get', kind, name]);
}

const mapOf = (service: string): string => `${service}-live`;
/** Of what all follow each has a copy; the gateway's, which every shop has, is the one that is read, and has the history. */
const mainMapOf = ({ services }: ConfigDocument): string => mapOf(services.length === 1 ? services.join() : 'gateway');
const partOf = ({ part }: ConfigDocument): string => `${part}.yaml`;
const historyOf = ({ part }: ConfigDocument): string => `${part}${HISTORY}`;

/** As Helm applies it and in its name: a patch would be a second owner of the text, whom `helm upgrade` (4) refuses to overrule. */
async function applyDocument(ref: ClusterRef, document: ConfigDocument, service: string, text: string | undefined) {
  const stored = await read(ref, 'configmap', mapOf(service)).catch((error: unknown) => {
    // Not every shop has every service; the one whose own text this is must be there.
    if (document.services.length > 1 && error instanceof CliError && error.why.includes('NotFound')) return undefined;
    throw error;
  });
  if (stored === undefined) return;
  const { metadata: found, data = {} } = stored;
  const { labels, annotations } = found;
  const others = Object.entries(data).filter(([part]) => !part.endsWith(HISTORY) && part !== partOf(document));
  await applyMap(ref, 'helm', {
    metadata: { name: mapOf(service), namespace: ref.namespace, labels, annotations },
    data: { ...Object.fromEntries(others), ...(text !== undefined && { [partOf(document)]: text }) },
  });
}

/** In our own name, and so of no concern to Helm: it neither knows these fields nor takes them away. */
async function applyHistory(ref: ClusterRef, document: ConfigDocument, text: string): Promise<void> {
  const { data = {} } = await read(ref, 'configmap', mainMapOf(document));
  const histories = Object.entries(data).filter(([part]) => part.endsWith(HISTORY));
  await applyMap(ref, 'souk', {
    metadata: { name: mainMapOf(document), namespace: ref.namespace },
    data: { ...Object.fromEntries(histories), [historyOf(document)]: text },
  });
}

async function applyMap(ref: ClusterRef, manager: string, { metadata, data }: { metadata: object; data: object }) {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
  const args = ['apply', '--server-side', '--force-conflicts', '--field-manager', manager, '--filename', '-'];
  await kubectl(ref, args, { input: JSON.stringify(object) });
}

/** The whole object with the version that was read, so that the server refuses it when somebody else was faster. */
async function replaceSecret(ref: ClusterRef, name: string, version: string, parts: Readonly<Record<string, string>>) {
  const found = await kubectlJson<Stored>(ref, ['get', 'secret', name]);
  const written = Object.entries(parts).map(([part, text]) => [part, Buffer.from(text).toString('base64')]);
  const metadata = { ...found.metadata, resourceVersion: version };
  const next = { ...found, metadata, data: { ...found.data, ...Object.fromEntries(written) } };
  // By standard input: arguments can be read by every user of this machine.
  await kubectl(ref, ['replace', '--filename', '-'], { input: JSON.stringify(next) }).catch((error: unknown) => {
    const conflict = error instanceof CliError && /the object has been modified/i.test(error.why);
    throw conflict ? changedMeanwhile(`Secret ${name}`) : error;
  });
}

/** `postgres`, `souk-rw.postgres` and `souk-rw.postgres.svc.cluster.local` are Services of the cluster; other hosts are not. */
export function serviceIn(host: string, namespace: string): { service: string; namespace: string } | undefined {
  const [, service, other = namespace] = /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(?:\.svc(?:\..+)?)?)?$/.exec(host) ?? [];
  return service === undefined ? undefined : { service, namespace: other };
}

/** Through a port forward where the server is in the cluster; one outside is reached as its URL says. */
async function withSuperuser<T>(ref: ClusterRef, work: (url: string) => Promise<T>): Promise<T> {
  const uri = (await read(ref, 'secret', 'postgres')).data?.uri ?? '';
  const url = new URL(Buffer.from(uri, 'base64').toString('utf8'));
  const inside = serviceIn(url.hostname, ref.namespace);
  if (inside === undefined) return work(url.toString());
  const opened = await forward({ ...ref, namespace: inside.namespace }, inside.service, url.port || 5432);
  try {
    const local = new URL(opened.url);
    url.hostname = local.hostname;
    url.port = local.port;
    return await work(url.toString());
  } finally {
    await opened.close();
  }
}
