/** Fast tests: they sit in `test/` folders that mirror the source tree and run on the sources, without a build of the platform. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: { '^@dojot/node-kit$': '<rootDir>/nodes/kit/src/index.ts' },
  testMatch: ['<rootDir>/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '<rootDir>/test/', '\\.slow\\.test\\.ts$'],
  maxWorkers: '100%',
  // For machines that have much else to do; a test that waits in vain says for what long before.
  testTimeout: 60_000,
  modulePathIgnorePatterns: ['/dist/'],
};
