import fast from './jest.config.js';

/**
 * Slow suites, `npm run test:slow`: black-box ones that start the built product and speak only public protocols, and those
 * of single parts that kill processes for long.
 */
export default {
  ...fast,
  testMatch: [
    '<rootDir>/test/blackbox/**/*.test.ts',
    '<rootDir>/test/durability/**/*.test.ts',
    '<rootDir>/**/*.slow.test.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  maxWorkers: 1,
  testTimeout: 180_000,
};
