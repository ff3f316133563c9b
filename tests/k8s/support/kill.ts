import { waitFor } from '../../../tools/cli/src/shop/wait-for.ts';
import { kube, LOOK_EVERY_MS, pods, restartsOf, runInPod, type Pod } from './cluster.ts';

const BACK_WITHIN_MS = 60_000;

/**
 * Ends the process of a container on the spot, without its own stop: nobody inside may send SIGKILL to process 1, but node
 * opens its inspector on SIGUSR1, and there the process can be told to abort.
 */
export async function crashProcess(pod: Pod, container: string): Promise<void> {
  const before = restartsOf(pod, container);
  await runInPod(pod.metadata.name, container, ABORT).catch(() => undefined); // the exec ends with its container
  await restarted(pod, container, before + 1);
}

const ABORT = `
  process.kill(1, 'SIGUSR1');
  const list = async () => {
    for (let tries = 0; tries < 100; tries++) {
      const answer = await fetch('http://127.0.0.1:9229/json/list').catch(() => undefined);
      if (answer) return answer.json();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('no inspector');
  };
  const [{ webSocketDebuggerUrl }] = await list();
  const socket = new WebSocket(webSocketDebuggerUrl);
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: 'process.abort()' } }));
  await new Promise((resolve) => socket.addEventListener('close', resolve));
`;

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
