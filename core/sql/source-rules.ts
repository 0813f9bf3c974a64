import type { FaultDetail } from '../errors/app-error.ts';
import type { AstNode } from './ast.ts';
import { locate } from './locate.ts';
import type { Statement } from './statements.ts';
import { isPlainStructure } from './structure-rules.ts';
import { SOURCE_FUNCTIONS } from './table-functions.ts';
import { faultAt } from './token-cursor.ts';

/** A path below the declared place: relative, without `..`, no address. */
const RELATIVE_PATH = /^(?!.*\.\.)[\p{L}\p{N}_][\p{L}\p{N}_ .,=*?[\]/-]*$/u;

/**
 * Checks a call of an external source: the named collection of a declared source of the right kind, then texts for
 * arguments that cannot lead elsewhere: `postgresql(erp, table = 'customers')`.
 */
export function checkSourceCall(
  node: AstNode,
  statement: Statement,
  namedCollections: readonly { readonly name: string; readonly kind: string }[],
): FaultDetail[] {
  const source = SOURCE_FUNCTIONS[node.name];
  const place = locate(statement, node.name) ?? statement;
  if (source === undefined || node.children.length !== 1)
    return [faultAt(place, `${node.name} is not allowed.`, 'Remove it.')];
  const [collection, ...rest] = node.children[0]?.children ?? [];
  const declared = namedCollections
    .filter((candidate) => candidate.kind === source.kind)
    .map((candidate) => candidate.name);
  if (collection?.kind !== 'Identifier' || !declared.includes(collection.name)) {
    const hint =
      declared.length > 0
        ? `Declared with kind ${source.kind}: ${declared.join(', ')}.`
        : `Declare it in spec.externalSources with kind ${source.kind}.`;
    return [faultAt(place, `${node.name} takes the name of a declared external source first.`, hint)];
  }
  return rest.flatMap((argument) => checkArgument(node.name, argument, source.arguments, statement));
}

function checkArgument(
  call: string,
  argument: AstNode,
  allowed: readonly string[],
  statement: Statement,
): FaultDetail[] {
  const [key, value] = argument.children[0]?.children ?? [];
  const place = (key === undefined ? null : locate(statement, key.name)) ?? locate(statement, call) ?? statement;
  const hint = `After the source, ${call} takes ${allowed.map((name) => `${name} = '…'`).join(', ')}.`;
  const isPair = argument.kind === 'Function' && argument.name === 'equals' && key?.kind === 'Identifier';
  if (!isPair || value?.kind !== 'Literal' || !/^'.*'$/su.test(value.name) || !allowed.includes(key.name)) {
    return [faultAt(place, `This argument of ${call} is not allowed.`, hint)];
  }
  if (key.name === 'filename' && !RELATIVE_PATH.test(value.name.slice(1, -1))) {
    return [faultAt(place, 'The file name must be a relative path.', "Write filename = 'folder/file.csv'.")];
  }
  if (key.name === 'structure' && !isPlainStructure(value.name)) {
    const example = "Write structure = 'sku String, price Float64'.";
    return [faultAt(place, 'The structure must be names and types.', example)];
  }
  return [];
}
