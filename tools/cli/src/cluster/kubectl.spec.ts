import { describe, expect, it } from '@jest/globals';
import { kubectlArgs, kubectlError, portIn } from './kubectl.ts';

const ref = { context: 'kind-souk', namespace: 'souk' };

describe('kubectl', () => {
  it('is always told context and namespace', () => {
    expect(kubectlArgs(ref, ['get', 'pods'])).toEqual(['--context', 'kind-souk', '--namespace', 'souk', 'get', 'pods']);
    expect(kubectlArgs(ref, ['get', 'nodes'], false)).toEqual(['--context', 'kind-souk', 'get', 'nodes']);
  });

  it.each([
    ['spawn kubectl ENOENT', /not found on PATH/, /install it/],
    ['error: context "kind-souk" does not exist', /has no context 'kind-souk'/, /get-contexts/],
    ['The connection to the server 127.0.0.1:6443 was refused', /does not answer/, /start that cluster/],
    ['Error from server (Forbidden): pods is forbidden', /may not do this/, /administrator of namespace souk/],
    ['error: something else', /something else/, /kubectl --context kind-souk/],
  ])('%s becomes why and fix', (said, why, fix) => {
    const error = kubectlError(ref, ['get', 'pods'], said);
    expect(error.message).toBe('kubectl get pods failed');
    expect(error.why).toMatch(why);
    expect(error.fix).toMatch(fix);
  });

  it('reads the port that port-forward has chosen', () => {
    expect(portIn('Forwarding from 127.0.0.1:43211 -> 8080')).toBe(43_211);
    expect(portIn('Forwarding from [::1]:43211 -> 8080')).toBeUndefined();
    expect(portIn('Handling connection for 43211')).toBeUndefined();
  });
});
