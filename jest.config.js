// jest runs ESM through node's own loader (--experimental-vm-modules, given by scripts/test.ts);
// @swc/jest only takes the types away.
const rooms = ['pattern', 'policy', 'plan', 'config'];

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // Two shared cores are slow at times; no test asserts how long anything takes.
  testTimeout: 60_000,
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  collectCoverageFrom: ['src/**/*.ts'],
  coverageDirectory: 'coverage',
  coverageReporters: ['text-summary', 'json-summary', 'lcovonly'],
  coverageThreshold: Object.fromEntries(rooms.map((room) => [`./src/${room}/`, { branches: 100 }])),
};
