// One Jest, eight projects: the suffix of a spec says what it needs (docs/testing.md).
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
        '\\.(int|e2e|browser|crash|bugs|security|k8s)\\.spec\\.ts$',
      ],
    },
    { ...base, displayName: 'int', testMatch: ['**/*.int.spec.ts'] },
    { ...base, displayName: 'e2e', testMatch: ['**/*.e2e.spec.ts'] },
    { ...base, displayName: 'browser', testMatch: ['**/*.browser.spec.ts'] },
    { ...base, displayName: 'crash', testMatch: ['**/*.crash.spec.ts'] },
    { ...base, displayName: 'seeded-bugs', testMatch: ['**/*.bugs.spec.ts'] },
    {
      ...base,
      displayName: 'security',
      testMatch: ['**/*.security.spec.ts'],
      globalSetup: '<rootDir>/tests/security/support/open-shop.mjs',
      globalTeardown: '<rootDir>/tests/security/support/close-shop.mjs',
    },
    { ...base, displayName: 'k8s', testMatch: ['**/*.k8s.spec.ts'] },
  ],
};
