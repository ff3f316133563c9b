import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';

const DOCUMENT = join(import.meta.dirname, '..', '..', '..', 'contracts', 'openapi.json');
export const GENERATED = join(import.meta.dirname, '..', 'src', 'generated');

/** Writes the client of contracts/openapi.json into this folder, which it empties first. */
export async function generateInto(folder: string): Promise<void> {
  await createClient({
    input: DOCUMENT,
    output: { path: folder, module: { extension: '.js' }, clean: true },
    plugins: [
      '@hey-api/typescript',
      { name: '@hey-api/sdk', operations: { strategy: 'single', containerName: 'SoukApi' } },
      '@hey-api/client-fetch',
    ],
    logs: { level: 'silent', file: false },
  });
}

/** Path → text of what would be generated now. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'souk-client-'));
  try {
    await generateInto(folder);
    return await filesBelow(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Path → text of every file below a folder. */
export async function filesBelow(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts')).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}
