// One Jest, ten projects: the suffix of a spec says what it needs (docs/testing.md).
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 9)) {
  throw new Error(
    `Jest runs our ES modules only on Node >= 24.9, this is ${process.versions.node}. Start it with ./souk test, which brings its own Node.`,
  );
}

const base = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.souk/'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

// What measures under load, and what handles the shop that runs: nothing goes beside it. The others have their own databases and topics.
const ALONE = ['**/*-load.int.spec.ts', '<rootDir>/tests/**/*.int.spec.ts', '<rootDir>/tools/**/*.int.spec.ts'];
// For specs that meet processes, stores and time: see there.
const watched = { ...base, testEnvironment: '<rootDir>/tests/machine/jest-environment.mjs' };

export default {
  // Waits inside the tests have their own limits and say what they waited for; this one only ends what hangs.
  testTimeout: 30_000,
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['**/*.spec.ts'],
      testPathIgnorePatterns: [
        ...base.testPathIgnorePatterns,
        '\\.(int|e2e|browser|crash|bugs|security|chaos|k8s)\\.spec\\.ts$',
      ],
    },
    {
      ...watched,
      displayName: 'int',
      testMatch: ['**/*.int.spec.ts'],
      testPathIgnorePatterns: [
        ...base.testPathIgnorePatterns,
        '<rootDir>/tests/',
        '<rootDir>/tools/',
        '-load\\.int\\.spec\\.ts$',
      ],
    },
    { ...watched, displayName: 'int-alone', testMatch: ALONE },
    { ...watched, displayName: 'e2e', testMatch: ['**/*.e2e.spec.ts'] },
    { ...watched, displayName: 'browser', testMatch: ['**/*.browser.spec.ts'] },
    { ...watched, displayName: 'crash', testMatch: ['**/*.crash.spec.ts'] },
    { ...watched, displayName: 'seeded-bugs', testMatch: ['**/*.bugs.spec.ts'] },
    {
      ...watched,
      displayName: 'security',
      testMatch: ['**/*.security.spec.ts'],
      globalSetup: '<rootDir>/tests/security/support/open-shop.mjs',
      globalTeardown: '<rootDir>/tests/security/support/close-shop.mjs',
    },
    {
      ...watched,
      displayName: 'chaos',
      testMatch: ['**/*.chaos.spec.ts'],
      globalSetup: '<rootDir>/tests/chaos/support/open-shop.mjs',
      globalTeardown: '<rootDir>/tests/chaos/support/close-shop.mjs',
    },
    { ...base, displayName: 'k8s', testMatch: ['**/*.k8s.spec.ts'] },
  ],
};
