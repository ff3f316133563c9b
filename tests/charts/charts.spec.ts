import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { broken } from './broken.ts';
import { addressesAreCallable, allowedCalls, callsArrive } from './graph.ts';
import { findHelms, lint, render, renderNamed, RENDERS, ROOT, withoutGenerated } from './helm.ts';
import { parseManifests, podsOf, type PolicySpec } from './manifests.ts';
import {
  EXCEPTIONS,
  imagesAreVersioned,
  objectsAreLabelled,
  podsAreGuarded,
  podsAreRestricted,
  resourcesAreStated,
  secretsAreReferences,
  serversAreProbed,
  stopsFitIntoGrace,
  type Rule,
} from './rules.ts';
import {
  collectorsFitIntoTheirLimit,
  credentialsStayWithTheAmbassador,
  servicesAreTraced,
  sidecarsAreInOrder,
} from './sidecars.ts';

const golden = (name: string): string => readFileSync(join(import.meta.dirname, 'golden', `${name}.yaml`), 'utf8');
const infra = parseManifests(golden('infra'));
const souk = parseManifests(golden('souk-local'));
const shop = [...infra, ...souk];
const helms = findHelms(process.env);
const UPDATE = 'node tests/charts/update.ts writes them anew';

describe('the installed shop', () => {
  const rules: [string, Rule, string | RegExp, string][] = [
    [
      'has images of fixed versions',
      imagesAreVersioned,
      /"image":"[^"]*souk\/order:0.1.0"/,
      '"image":"souk/order:latest"',
    ],
    [
      'runs under Pod Security restricted',
      podsAreRestricted,
      '"readOnlyRootFilesystem":true',
      '"readOnlyRootFilesystem":false',
    ],
    ['mounts no token', podsAreRestricted, /("automountServiceAccountToken":)false(,"enableServiceLinks")/, '$1true$2'],
    ['says what every container needs (BLK-6)', resourcesAreStated, '"limits":{"memory"', '"limits":{"disk"'],
    ['probes every server in three ways', serversAreProbed, '"startupProbe"', '"noProbe"'],
    ['does not restart what is only unready', serversAreProbed, '"path":"/livez"', '"path":"/readyz"'],
    ['gives time to stop', stopsFitIntoGrace, '"sleep":{"seconds":5}', '"sleep":{"seconds":25}'],
    ['labels every object', objectsAreLabelled, '"app.kubernetes.io/part-of":"souk"', '"part-of":"souk"'],
    ['guards every pod by policy and budget', podsAreGuarded, '"kind":"PodDisruptionBudget"', '"kind":"Nothing"'],
    ['isolates every pod', podsAreGuarded, '"policyTypes":["Ingress","Egress"]', '"policyTypes":["Ingress"]'],
    [
      'refers to Secrets that are made',
      secretsAreReferences,
      '"secretName":"gateway-keys"',
      '"secretName":"other-keys"',
    ],
    ['keeps secrets out of settings', secretsAreReferences, 'http://payment:8080', 'http://a:b@payment:8080'],
    [
      'lets every declared call arrive',
      callsArrive,
      '"calls.souk.dev/payment.http":"true"',
      '"calls.souk.dev/x.http":"true"',
    ],
    ['has addresses that can be called', addressesAreCallable, 'http://catalog:8080', 'http://payment:8080'],
    ['has an ambassador that can call', addressesAreCallable, 'http://payment:8080', 'http://inventory:8080'],
    ['SCR-1: has a collector in every pod', servicesAreTraced, '"name":"collector","image"', '"name":"other","image"'],
    ['SCR-1: sends spans to it', servicesAreTraced, 'http://127.0.0.1:4318', 'http://trace-store:8080'],
    [
      'SCR-9: ends sidecars after the service',
      sidecarsAreInOrder,
      '"restartPolicy":"Always"',
      '"restartPolicy":"Never"',
    ],
    ['bounds the memory of collectors', collectorsFitIntoTheirLimit, '"memory":"64Mi"', '"memory":"48Mi"'],
    ['probes its sidecars', sidecarsAreInOrder, /("restartPolicy":"Always".*?)"startupProbe"/, '$1"noProbe"'],
  ];

  it.each(rules)('%s', (_what, rule) => expect(rule(shop)).toEqual([]));
  it.each(rules)('would be seen if it did not: %s', (_what, rule, from, to) =>
    expect(rule(broken(shop, from, to))).not.toEqual([]),
  );

  it('can talk along these ways and no others', () => {
    expect(allowedCalls(shop)).toEqual([
      'catalog -> gateway.management',
      'catalog -> kafka.client',
      'catalog -> mongodb.client',
      'catalog -> trace-store.http',
      'catalog -> valkey.client',
      'gateway -> catalog.http',
      'gateway -> catalog.management',
      'gateway -> identity.http',
      'gateway -> inventory.http',
      'gateway -> inventory.management',
      'gateway -> kafka.client',
      'gateway -> order-query.http',
      'gateway -> order-query.management',
      'gateway -> order.http',
      'gateway -> order.management',
      'gateway -> recommendation.http',
      'gateway -> recommendation.management',
      'gateway -> trace-store.http',
      'gateway -> valkey.client',
      'identity -> trace-store.http',
      'inventory -> gateway.management',
      'inventory -> kafka.client',
      'inventory -> postgres.client',
      'inventory -> trace-store.http',
      'order -> gateway.management',
      'order -> kafka.client',
      'order -> payment.http',
      'order -> postgres.client',
      'order -> trace-store.http',
      'order-query -> gateway.management',
      'order-query -> kafka.client',
      'order-query -> mongodb.client',
      'order-query -> postgres.client',
      'order-query -> trace-store.http',
      'payment -> postgres.client',
      'payment -> trace-store.http',
      'recommendation -> gateway.management',
      'recommendation -> kafka.client',
      'recommendation -> mongodb.client',
      'recommendation -> trace-store.http',
      'setup -> kafka.client',
      'setup -> postgres.client',
      'test-order -> gateway.http',
      'test-order -> identity.http',
    ]);
  });

  it('shows the outside the http ports of the gateway and of the identity simulator alone', () => {
    const outside = souk.filter(({ kind, spec }) => kind === 'Service' && spec?.type !== undefined);
    expect(outside.map(({ metadata, spec }) => [metadata.name, spec?.ports])).toEqual([
      ['gateway-public', [{ name: 'http', port: 80, targetPort: 'http', nodePort: 30080 }]],
      ['identity-public', [{ name: 'http', port: 80, targetPort: 'http', nodePort: 30111 }]],
    ]);
  });

  it('CQ-1 runs order-query as a second process of the image of order, which reads the events of order and writes none', () => {
    const [order, query] = ['order', 'order-query'].map((name) =>
      podsOf(souk)
        .find(({ of }) => of === `Deployment/${name}`)
        ?.spec.containers.find((one) => one.name === name),
    );
    expect(query?.image).toBe(order?.image);
    expect([order?.args, query?.args]).toEqual([undefined, ['dist/query/main.js']]);
    const secretsOf = (name: string) =>
      podsOf(souk)
        .find(({ of }) => of === `Deployment/${name}`)
        ?.spec.volumes?.flatMap(({ secret }) => secret?.secretName ?? []);
    expect([secretsOf('order'), secretsOf('order-query')]).toEqual([['postgres-order'], ['postgres-order-read']]);
  });

  it('brings no Secret in charts/souk and no secret into git', () => {
    expect(souk.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const values = infra.filter(({ kind }) => kind === 'Secret').flatMap(({ data }) => Object.values(data ?? {}));
    const notGenerated = values.filter((value) => value !== 'GENERATED');
    expect([values.length > 10, notGenerated]).toEqual([true, []]);
  });
});

describe('a shared collector whose backend is elsewhere', () => {
  const outside = parseManifests(golden('infra-outside'));
  const policyOf = (name: string) =>
    outside.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === name)
      ?.spec as unknown as PolicySpec;

  it('finds and reaches it', () => {
    expect(policyOf('collector').egress?.map(({ to, ports }) => [to?.[0], ports?.[0]?.port])).toEqual([
      [expect.objectContaining({ podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }), undefined],
      [{ ipBlock: { cidr: '192.0.2.0/24' } }, 443],
      [expect.objectContaining({ podSelector: { matchLabels: { app: 'otel' } } }), 4318],
    ]);
  });

  it.each([
    ['collector', 'otel-metrics'],
    ['trace-store', 'management'],
  ])('shows the metrics of %s to another namespace that is named', (name, port) => {
    const scraping = policyOf(name).ingress?.filter(({ from }) => JSON.stringify(from).includes('"monitoring"')) ?? [];
    expect(scraping.map(({ ports }) => ports)).toEqual([[{ port }]]);
  });
});

describe('the notes after an install', () => {
  it('name no log that Helm has taken away', () => {
    const notes = readFileSync(join(ROOT, 'charts/souk/templates/NOTES.txt'), 'utf8');
    const gone = souk
      .filter(({ metadata }) => metadata.annotations?.['helm.sh/hook-delete-policy']?.includes('hook-succeeded'))
      .map(({ kind, metadata }) => `${kind}/${metadata.name}`.toLowerCase());
    expect(gone).toContain('job/setup');
    expect(gone.filter((one) => notes.includes(one))).toEqual([]);
  });
});

describe('every render', () => {
  const rules: [string, Rule][] = [
    ['images', imagesAreVersioned],
    ['pod security', podsAreRestricted],
    ['resources', resourcesAreStated],
    ['probes', serversAreProbed],
    ['stopping', stopsFitIntoGrace],
    ['labels', objectsAreLabelled],
    ['guards', podsAreGuarded],
    ['sidecars', sidecarsAreInOrder],
    ['credentials', credentialsStayWithTheAmbassador],
    ['collectors', collectorsFitIntoTheirLimit],
  ];
  it.each(RENDERS.flatMap(({ name }) => rules.map(([what, rule]) => [name, what, rule] as const)))(
    '%s keeps the rules about %s',
    (name, _what, rule) => expect(rule(parseManifests(golden(name)))).toEqual([]),
  );

  it('needs every exception that the rules make, each with its reason', () => {
    const text = RENDERS.map(({ name }) => golden(name)).join('\n');
    expect(text).toMatch(EXCEPTIONS['writable root'].image);
    expect(text).toMatch(/^kind: DaemonSet$/m);
    expect(Object.values(EXCEPTIONS).filter(({ reason }) => reason.length < 40)).toEqual([]);
  });
});

describe('generated values', () => {
  it('are taken out of Secrets and of nothing else', () => {
    const object = (kind: string) => `kind: ${kind}\nname: x\ndata:\n  key: c2VjcmV0LXZhbHVl\n`;
    expect(withoutGenerated(`${object('Secret')}---\n${object('ConfigMap')}`)).toBe(
      `kind: Secret\nname: x\ndata:\n  key: GENERATED\n---\n${object('ConfigMap')}`,
    );
  });
});

const comment = /^\s*#(?! Source: )/m;
it.each(RENDERS.map(({ name }) => name))('the render %s has no comments of ours', (name) =>
  expect(golden(name)).not.toMatch(comment),
);

if (helms.length === 0) {
  console.log('charts: renders not compared (no helm; set SOUK_HELM, or put helm on PATH)');
} else {
  describe.each(helms)('helm $version', (helm) => {
    it.each(RENDERS)(`renders $name as it is kept in git (${UPDATE})`, (one) =>
      expect(render(helm, one)).toBe(golden(one.name)),
    );
    it.each(RENDERS)('finds nothing to complain about in $name', (one) =>
      expect(lint(helm, one)).toContain('0 chart(s) failed'),
    );

    it.each([
      ['global.image.tag=latest', /latest|not/],
      ['order.replicas=-1', /replicas/],
      ['order.calls={Payment Service}', /calls/],
      ['order.cofnig.A=b', /cofnig/],
      ['setup.cafka=kafka:1', /cafka/],
      ['global.collector.mode=agent', /mode/],
      ['order.drainSeconds=11', /order.terminationGraceSeconds is 30, and drainSeconds 11/],
      ['global.metrics.from[0].port=9090', /port|from/],
      ['order.ambassador.upstreams.payment.listen=0.0.0.0:8181', /listen/],
    ])('refuses the value %s', (value, reason) => {
      expect(() => render(helm, renderNamed('souk-local'), '--set', value)).toThrow(reason);
    });
  });
}
