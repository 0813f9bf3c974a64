import type { Reporter, TestModule } from 'vitest/node';

/** What a tier needs where it cannot run anywhere. */
const NEEDS: Readonly<Record<string, string>> = {
  'control-plane': 'KUBEBUILDER_ASSETS, a folder with kube-apiserver, etcd and kubectl',
  cluster:
    'KUBECONFIG and SMARTCONNECTOR_TEST_IMAGE, a cluster that tests may write to and the image of this code in it',
};

/**
 * Says which tiers were left out, and prints `N passed, N failed` alone on the last line, so that no one has to read a summary to
 * know that tests ran.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandled.length;
    const leftOut = new Map<string, number>();
    for (const module of modules) {
      const states = [...module.children.allTests()].map((test) => test.result().state);
      // A file that does not load, or whose hooks fail, has no failed test to count, and must not pass for that.
      if (module.state() === 'failed' && !states.includes('failed')) failed += 1;
      for (const state of states) {
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
        else if (state === 'skipped') leftOut.set(module.project.name, (leftOut.get(module.project.name) ?? 0) + 1);
      }
    }
    for (const [tier, count] of leftOut) {
      const need = NEEDS[tier];
      const why = need === undefined ? '' : `: set ${need} (CONTRIBUTING.md)`;
      process.stdout.write(`\nLEFT OUT: ${count} tests of test/${tier}${why}\n`);
    }
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  }
}
