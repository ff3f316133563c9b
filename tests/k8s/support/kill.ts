import { abortProcess } from '../../../tools/chaos/src/target/k8s/abort-process.ts';
import { waitFor } from '../../../tools/cli/src/shop/wait-for.ts';
import { kube, LOOK_EVERY_MS, pods, restartsOf, type Pod } from './cluster.ts';

const BACK_WITHIN_MS = 60_000;

/** Ends the process of a container on the spot, without its own stop. */
export async function crashProcess(pod: Pod, container: string): Promise<void> {
  const before = restartsOf(pod, container);
  await abortProcess(kube, pod.metadata.name, container);
  await restarted(pod, container, before + 1);
}

/**
 * Ends a pod's collector on the spot. Its image has no shell and it is process 1 of its own, so a debug container with our
 * image and the same user joins its processes; SIGABRT ends a Go program at once, with nothing flushed.
 */
export async function killCollector(pod: Pod): Promise<number> {
  const before = restartsOf(pod, 'collector');
  const image = pod.spec.containers[0]?.image ?? '';
  const script = "process.kill(1, 'SIGABRT')";
  const target = ['debug', pod.metadata.name, '--target=collector', '--profile=restricted', '--quiet'];
  await kube([...target, `--image=${image}`, '--image-pull-policy=IfNotPresent', '--', 'node', '--eval', script]);
  return restarted(pod, 'collector', before + 1);
}

async function restarted(pod: Pod, container: string, count: number): Promise<number> {
  const name = pod.metadata.labels['app.kubernetes.io/name'] ?? '';
  const back = async () => {
    const now = (await pods(name)).find(({ metadata }) => metadata.name === pod.metadata.name);
    return now && restartsOf(now, container) >= count ? restartsOf(now, container) : false;
  };
  return waitFor(`${container} of ${pod.metadata.name} has restarted`, BACK_WITHIN_MS, back, LOOK_EVERY_MS);
}
