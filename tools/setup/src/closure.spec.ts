import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { closureOf } from './closure.ts';

const root = join(import.meta.dirname, '..', '..', '..');

describe('what a deployable needs at run time', () => {
  const { workspaces, packages, links } = closureOf(root, 'gateway');
  const names = packages.map((folder) => folder.replace(/^.*node_modules\//, ''));

  it('has our packages by way of others, and each by a link', () => {
    expect(workspaces).toEqual(expect.arrayContaining(['gateway', 'contracts', 'libs/http', 'libs/observability']));
    expect(links.get('node_modules/@souk/http')).toBe('libs/http');
    expect([...links.values()].sort()).toEqual(workspaces.filter((folder) => folder !== 'gateway'));
  });

  it('has what they depend on, peers included', () => {
    expect(names).toEqual(expect.arrayContaining(['@nestjs/core', 'fastify', 'reflect-metadata', 'pino', 'jose']));
  });

  it('has no development dependency, no other service and no package twice', () => {
    const unwanted = /^(jest|typescript|nx|oxlint|prettier|@types\/.*|@swc\/.*)$/;
    expect(names.filter((name) => unwanted.test(name))).toEqual([]);
    expect(workspaces.filter((folder) => /^(services|libs\/testing|tests|bench)/.test(folder))).toEqual([]);
    expect(new Set(packages).size).toBe(packages.length);
  });
});
