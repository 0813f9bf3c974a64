import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const NEEDED = ['etcd', 'kube-apiserver'] as const;

/**
 * The folder with etcd, kube-apiserver and kubectl: KUBEBUILDER_ASSETS, as for `envtest`, else a cache of this user's. Null:
 * there is none, and tests that need it are skipped; on a build server that is a fault.
 */
export function findApiServerPrograms(): string | null {
  const given = process.env['KUBEBUILDER_ASSETS'];
  const places = given === undefined ? [join(homedir(), '.cache/smartconnector-k8s/1.34.4/bin')] : [given];
  for (const place of places) {
    const missing = NEEDED.filter((program) => !existsSync(join(place, program)));
    if (missing.length === 0) return place;
    if (given !== undefined)
      throw new Error(`KUBEBUILDER_ASSETS is ${given}, which has no ${missing.join(' and no ')}`);
  }
  if (process.env['CI'] === 'true') {
    throw new Error(
      `no API server to test against: there is no ${NEEDED.join(' and ')} in ${places.join(', ')}. ` +
        'Set KUBEBUILDER_ASSETS to a folder that has them (`setup-envtest use -p path`).',
    );
  }
  return null;
}
