/** Runs kubectl with these arguments and answers its output. */
type Kubectl = (args: readonly string[]) => Promise<string>;

/**
 * Ends the process of a container of ours on the spot, without its own stop: nobody inside may send SIGKILL to process 1, but Node
 * opens its inspector on SIGUSR1, and there the process can be told to abort. The command may fail, for its container ends meanwhile.
 */
export async function abortProcess(kubectl: Kubectl, pod: string, container: string): Promise<void> {
  const node = ['node', '--input-type=module', '--eval', ABORT];
  await kubectl(['exec', pod, '--container', container, '--', ...node]).catch(() => undefined);
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
