import { join } from 'node:path';
import { fetched, outcomeOf, type Outcome } from '../fetched-tool.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const INSTALL_MS = 180_000;
/** Nothing is built, so nothing of a package runs before it is used. */
const PIP = ['install', '--quiet', '--disable-pip-version-check', '--no-input', '--only-binary', ':all:', '--no-deps'];

/** The folder of schemathesis and all that it needs, from PyPI as `requirements.txt` pins them. @throws Error that says what is missing */
export const fetchSchemathesis = (): Promise<string> =>
  fetched({
    name: 'schemathesis',
    pinnedBy: REQUIREMENTS,
    fetch: (dir) => ({
      command: 'python3',
      args: ['-m', 'pip', ...PIP, '--target', dir, '-r', REQUIREMENTS],
      timeoutMs: INSTALL_MS,
    }),
    needs: 'python3 (3.11 or newer) with pip, and a way to PyPI (PIP_INDEX_URL names another index)',
  });

/** What it says of the API behind the URL. */
export const runSchemathesis = (packages: string, args: readonly string[], timeoutMs: number): Promise<Outcome> =>
  outcomeOf({
    command: 'python3',
    args: ['-m', 'schemathesis.cli', ...args],
    // Its notes of earlier runs would make this one another.
    cwd: packages,
    env: { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1', NO_COLOR: '1', COLUMNS: '160' },
    timeoutMs,
  });
