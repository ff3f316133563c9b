import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REPO_ROOT } from '../home.ts';
import { MADE_BY_US } from './namespace.ts';
import { missingClasses, priorityClassManifests } from './priority-classes.ts';

describe('the priority classes of a shop', () => {
  const manifests = priorityClassManifests(readFileSync(join(REPO_ROOT, 'k8s/priority-classes.yaml'), 'utf8'));

  it('are those of k8s/priority-classes.yaml, and say who made them, so that down deletes no others', () => {
    expect(manifests.map(({ metadata }) => metadata.name)).toEqual(['souk-infra', 'souk-edge', 'souk-background']);
    for (const { metadata } of manifests) {
      expect(metadata.annotations).toMatchObject({ [MADE_BY_US]: 'souk-cli' });
      expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/part-of': 'souk' });
    }
  });

  it('are made where no class has the name, whatever the labels of the others are', () => {
    const missing = (answered: string) => missingClasses(manifests, answered).map(({ metadata }) => metadata.name);
    expect(missing('')).toEqual(['souk-infra', 'souk-edge', 'souk-background']);
    const kind = 'priorityclass.scheduling.k8s.io';
    expect(missing(`${kind}/souk-background\n${kind}/souk-infra\n`)).toEqual(['souk-edge']);
  });
});
