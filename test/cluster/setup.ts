import { findCluster, installOperator } from '../support/cluster.ts';

/** One operator for all tests of the cluster: its manifests as people apply them. */
export default async function setup(): Promise<() => Promise<void>> {
  const cluster = findCluster();
  return cluster === null ? () => Promise.resolve() : installOperator(cluster);
}
