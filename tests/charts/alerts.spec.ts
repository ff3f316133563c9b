import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { sourceFiles } from '../architecture/sources.ts';
import { ROOT } from './helm.ts';
import { parseManifests, podsOf } from './manifests.ts';

const rule = z.strictObject({
  alert: z.string().regex(/^Souk[A-Z]\w+$/),
  expr: z.string(),
  for: z.string().regex(/^\d+[smh]$/),
  labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
  annotations: z.strictObject({ summary: z.string(), page: z.string() }),
});
const file = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(rule).min(1) })).min(1),
});
type AlertRule = z.infer<typeof rule>;
const probed = z.object({
  httpGet: z.object({ path: z.string() }),
  periodSeconds: z.number(),
  failureThreshold: z.number(),
});

const text = readFileSync(join(ROOT, 'charts/souk/files/alerts.yaml'), 'utf8');
const rules = file.parse(parse(text)).groups.flatMap((group) => group.rules);

/** What an expression asks for: each series by its name, with the labels that it must have. */
const seriesIn = (expr: string): { name: string; labels: Record<string, string> }[] =>
  [...expr.matchAll(/\b((?:souk|kube)_\w+)(?:\{([^}]*)\})?/g)].map(([, name = '', selector = '']) => ({
    name,
    labels: Object.fromEntries(
      [...selector.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
    ),
  }));

const hasThreshold = ({ expr }: AlertRule): boolean =>
  expr.split(' or ').every((part) => /(==|[<>]=?) \d+(\.\d+)?$/.test(part));

describe('the alerts', () => {
  it('HEM-13 each has a threshold, a time that it must last, and a page that says what to do', () => {
    expect(rules.filter((one) => !hasThreshold(one)).map(({ alert }) => alert)).toEqual([]);
    expect(rules.filter(({ annotations }) => !existsSync(join(ROOT, annotations.page)))).toEqual([]);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    expect(hasThreshold({ expr: 'souk_x == 0 or souk_y' } as AlertRule)).toBe(false);
  });

  it('HEM-13 each asks for what some process of ours tells, or kube-state-metrics', () => {
    const told = sourceFiles()
      // Not who only reads them.
      .filter(({ path }) => !path.endsWith('.spec.ts') && !path.startsWith('tools/chaos/'))
      .map((source) => source.text)
      .join('\n');
    const missing = rules.flatMap(({ expr }) =>
      seriesIn(expr).filter(({ name }) => name.startsWith('souk_') && !told.includes(`'${name}'`)),
    );
    expect(missing).toEqual([]);
    expect(rules.flatMap(({ expr }) => seriesIn(expr)).length).toBeGreaterThan(rules.length);
  });

  it('HEM-13 names the dependency that is away, and wakes somebody only for what nobody can work without', () => {
    const about = rules.filter(({ expr }) => expr.includes('souk_dependency_up'));
    expect(about.map(({ expr, labels }) => [seriesIn(expr)[0]?.labels['core'], labels.severity])).toEqual([
      ['true', 'critical'],
      ['false', 'warning'],
    ]);
    for (const { expr, annotations } of about) {
      expect(expr).toContain('by (job, dependency)');
      expect(annotations.summary).toContain('{{ $labels.dependency }}');
    }
  });

  it('HEM-13 are rendered as they stand in the file, for the namespace of the release', () => {
    const golden = readFileSync(join(import.meta.dirname, 'golden', 'souk-guarded.yaml'), 'utf8');
    const [made] = parseManifests(golden).filter(({ kind }) => kind === 'PrometheusRule');
    expect(file.parse(made?.spec)).toEqual(file.parse(parse(text)));
  });
});

describe('what is not 200', () => {
  it('HEM-13 is out of rotation within a minute: every server has a readiness probe of its own word', () => {
    const golden = readFileSync(join(import.meta.dirname, 'golden', 'souk-guarded.yaml'), 'utf8');
    const probes = podsOf(parseManifests(golden))
      .filter(({ of }) => of.startsWith('Deployment/'))
      .flatMap(({ of, spec }) =>
        spec.containers.map(({ readinessProbe }) => ({ of, probe: probed.parse(readinessProbe) })),
      );
    expect(probes.length).toBeGreaterThan(5);
    const late = probes.filter(
      ({ probe: { periodSeconds, failureThreshold } }) => periodSeconds * failureThreshold > 60,
    );
    expect(late).toEqual([]);
    expect(probes.filter(({ probe }) => probe.httpGet.path !== '/readyz')).toEqual([]);
  });
});
