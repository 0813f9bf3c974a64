import type { FaultDetail } from '../errors/app-error.ts';
import type { AstNode } from './ast.ts';
import { isAllowedAggregate, isAllowedFunction, isRefusedFunction } from './function-names.ts';
import { locate } from './locate.ts';
import { checkSourceCall } from './source-rules.ts';
import type { StatementShape } from './statement-shape.ts';
import type { Statement } from './statements.ts';
import { isEngineNode } from './storage-rules.ts';
import { ALLOWED_TABLE_FUNCTIONS, REFUSED_TABLE_FUNCTIONS, SOURCE_FUNCTIONS } from './table-functions.ts';
import { checkTableName, parsePrintedTableName } from './table-names.ts';
import { faultAt } from './token-cursor.ts';

/** The right side of these may be a table. */
const MEMBERSHIP = /^(?:global)?(?:not)?(?:null)?in(?:ignoreset)?$/iu;
/** These call the function that a text names. */
const CALLS_BY_NAME: ReadonlySet<string> = new Set(['arrayreduce', 'arrayreduceinranges', 'initializeaggregation']);
/** These take a lambda, and in its place the bare name of a function: arrayMap(upper, names). */
const HIGHER_ORDER = /^(?:array|map)/iu;

/** Checks a call wherever it stands: by its own name, and for the names that its arguments can smuggle in. */
export function checkFunctionNode(
  node: AstNode,
  parent: AstNode | null,
  statement: Statement,
  shape: StatementShape,
  namedCollections: readonly { readonly name: string; readonly kind: string }[],
): FaultDetail[] {
  if (isEngineNode(node, parent, shape)) return [];
  const place = locate(statement, node.name) ?? statement;
  if (parent?.kind === 'TableExpression') {
    if (Object.hasOwn(SOURCE_FUNCTIONS, node.name)) return checkSourceCall(node, statement, namedCollections);
    if (ALLOWED_TABLE_FUNCTIONS.has(node.name)) return [];
    return [
      faultAt(
        place,
        `The table function ${node.name} is not allowed.`,
        `Use ${[...ALLOWED_TABLE_FUNCTIONS].join(', ')}, or a declared external source: postgresql(NAME, table = '…').`,
      ),
    ];
  }
  if (!isAllowedFunction(node.name)) {
    return [faultAt(place, `The function ${node.name} is not allowed.`, hintFor(node.name))];
  }
  const list = node.children[0]?.children ?? [];
  return [...checkMembership(node, list, statement), ...checkNamedCalls(node, list, statement)];
}

function checkMembership(node: AstNode, list: readonly AstNode[], statement: Statement): FaultDetail[] {
  if (!MEMBERSHIP.test(node.name)) return [];
  // A right side in brackets comes as tuple(name).
  return list.slice(1).flatMap((right) => {
    if (right.kind === 'Identifier') {
      const place = locate(statement, right.name.slice(right.name.indexOf('.') + 1)) ?? statement;
      const fault = checkTableName(parsePrintedTableName(right.name, place), 'Read');
      return fault === null
        ? []
        : [{ ...fault, hint: `${fault.hint ?? ''} For a column of a joined table, use has() or =.` }];
    }
    if (right.kind === 'Function' && (isTableFunction(right.name) || ALLOWED_TABLE_FUNCTIONS.has(right.name))) {
      const place = locate(statement, right.name) ?? statement;
      return [faultAt(place, `The function ${right.name} is not allowed after IN.`, 'Write IN (SELECT …).')];
    }
    return [];
  });
}

function checkNamedCalls(node: AstNode, list: readonly AstNode[], statement: Statement): FaultDetail[] {
  const place = locate(statement, node.name) ?? statement;
  if (CALLS_BY_NAME.has(node.name.toLowerCase())) {
    const [first] = list;
    const called =
      first?.kind === 'Literal' ? /^'([A-Za-z0-9_]+)(?:\([0-9., ]*\))?'$/u.exec(first.name)?.[1] : undefined;
    if (called !== undefined && isAllowedAggregate(called)) return [];
    return [
      faultAt(place, `${node.name} needs the name of an allowed aggregate function.`, "Write it as a text: 'sum'."),
    ];
  }
  if (!HIGHER_ORDER.test(node.name)) return [];
  return list
    .filter((argument) => argument.kind === 'Identifier' && isRefusedFunction(argument.name))
    .map((argument) => {
      const at = locate(statement, argument.name) ?? place;
      return faultAt(
        at,
        `The function ${argument.name} is not allowed.`,
        'If it is a column, give it another name first.',
      );
    });
}

function hintFor(name: string): string {
  if (isTableFunction(name)) return 'Files and networks are out of reach; the input is in the database input.';
  return 'Scripts may call functions that compute from their arguments alone; the reference lists them.';
}

function isTableFunction(name: string): boolean {
  return REFUSED_TABLE_FUNCTIONS.has(name) || Object.hasOwn(SOURCE_FUNCTIONS, name);
}
