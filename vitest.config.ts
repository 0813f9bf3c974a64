import { defineConfig } from 'vitest/config';

const tier = (name: string, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 60_000, hookTimeout: 120_000, ...extra },
});

export default defineConfig({
  test: {
    // Two cores: more workers only make PostgreSQL and chDB wait for each other.
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    projects: [
      tier('unit'),
      tier('integration', { testTimeout: 180_000 }),
      tier('control-plane', { testTimeout: 120_000 }),
      // One operator in one cluster: what one file kills, another would miss.
      tier('cluster', {
        testTimeout: 300_000,
        fileParallelism: false,
        globalSetup: ['test/cluster/setup.ts'],
        hookTimeout: 300_000,
      }),
    ],
  },
});
