import type { Kubectl } from './k8s-target.ts';

/** Who our changes are from: Kubernetes keeps of every field who has set it last. */
export const MANAGER = 'souk-chaos';

/** Controllers write on a workload, too: what they do in between is not to be undone, so it is read anew. */
const TRIES = 5;

interface Managed {
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly managedFields?: readonly { readonly manager?: string }[];
  };
}

/**
 * We own no field of it any more. Who applies on the server's side, as Helm 4 does, meets a conflict over each field that somebody else
 * has set last, also where it has the value that it had before.
 */
export async function disown(kubectl: Kubectl, object: string, tries = TRIES): Promise<void> {
  const found = JSON.parse(await kubectl(['get', object, '--show-managed-fields', '--output', 'json'])) as Managed;
  const { managedFields = [], resourceVersion } = found.metadata;
  const others = managedFields.filter(({ manager }) => manager !== MANAGER);
  if (others.length === managedFields.length) return;
  const patch = [
    { op: 'replace', path: '/metadata/managedFields', value: others },
    // Refused when it is not the same one any more.
    { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
  ];
  try {
    await kubectl(['patch', object, '--type', 'json', '--patch', JSON.stringify(patch)]);
  } catch (error) {
    if (tries <= 1) throw error;
    await disown(kubectl, object, tries - 1);
  }
}
