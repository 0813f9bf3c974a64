import { storeObjects } from '../../../runner/executions/objects.ts';
import { applyObjectMigration } from '../../../runner/postgres/apply-migration.ts';
import { ensureNamespaceRole } from '../../database/namespace-role.ts';
import type { Decision } from './decide.ts';
import type { ObjectPorts } from './ports.ts';

/** Makes or changes the table, which belongs to the role of the namespace's runners. Nothing to do costs a few queries. */
export async function apply(
  decision: Decision,
  { pool, asNamespace, log }: Pick<ObjectPorts, 'pool' | 'asNamespace' | 'log'>,
): Promise<void> {
  if (decision.kind === 'Refuse') return;
  const { model, allow } = decision;
  const { namespace, name } = model;
  if (decision.isChange) {
    const isChanged = await asNamespace(namespace, (own) => applyObjectMigration(own, model, allow));
    if (isChanged) log.info({ namespace, name, fields: model.fields.length }, 'table migrated');
  } else {
    // Whoever made the table may have done so as somebody else.
    await ensureNamespaceRole(pool, namespace, null);
  }
  await pool.withConnection(({ pg }) => storeObjects(pg, [model]));
}
