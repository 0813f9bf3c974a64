import { invalid, type FaultDetail } from '../../core/errors/app-error.ts';
import { locateFault } from '../../core/manifest/locate-fault.ts';
import { resolveConnectors } from '../../core/validate/resolve-connectors.ts';
import { readManifests } from '../../runner/manifest/read.ts';
import { validateConnector } from '../../runner/stages/validate-connector.ts';
import { renderFault } from '../errors.ts';
import { sourceOf } from '../manifests.ts';
import type { CommandContext } from '../command-context.ts';

/** `smartconnector validate`: static checks of everything, then SQL on the samples. Exit status 0 or 2. */
export async function validateCommand(context: CommandContext, paths: readonly string[]): Promise<number> {
  const { config, terminal, now, signal } = context;
  const files = await readManifests(paths);
  const resolved = resolveConnectors(files.manifests);
  const faults: FaultDetail[] = [...files.faults, ...resolved.faults];
  const warnings: FaultDetail[] = [...files.notes, ...resolved.warnings];
  for (const connector of resolved.connectors) {
    if (config.namespace !== null && connector.namespace !== config.namespace) continue;
    terminal.progress(`validating the SQL of ${connector.name} …`);
    const validation = await validateConnector(connector, now().toISOString(), signal, config.secretsDirectory);
    const source = sourceOf(files.manifests, connector);
    faults.push(...validation.faults.map((fault) => locateFault(source, fault)));
    warnings.push(
      ...validation.warnings.map(({ message }) => ({ message: `connector ${connector.name}: ${message}` })),
    );
  }
  terminal.progress('');
  if (files.manifests.length === 0 && faults.length === 0) {
    throw invalid(
      `${paths.join(', ')}: no manifest of ours was found; name files or folders with *.yaml, *.yml or *.json`,
    );
  }
  if (faults.length > 0) {
    throw invalid(`${faults.length} ${faults.length === 1 ? 'fault' : 'faults'} in ${paths.join(', ')}`, faults);
  }
  const { connectors, objects } = resolved;
  if (config.output === 'json') {
    const names = connectors.map(({ namespace, name }) => ({ namespace, name }));
    terminal.out(
      JSON.stringify({
        valid: true,
        connectors: names,
        objects: objects.map(({ namespace, name }) => ({ namespace, name })),
        warnings,
      }),
    );
    return 0;
  }
  for (const warning of warnings) terminal.err(`warning: ${renderFault(warning)}`);
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  terminal.out(`valid: ${count(connectors.length, 'connector')}, ${count(objects.length, 'object')}`);
  return 0;
}
