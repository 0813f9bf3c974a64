import type { FaultDetail } from '../errors/app-error.ts';
import type { AstNode } from './ast.ts';
import { isAllowedAggregate, isAllowedFunction, isRefusedFunction } from './function-names.ts';
import { faultOf } from './locate.ts';
import { checkSourceCall } from './source-rules.ts';
import type { StatementShape } from './statement-shape.ts';
import type { Statement } from './statements.ts';
import { isEngineNode } from './storage-rules.ts';
import { checkStructureArguments } from './structure-rules.ts';
import { ALLOWED_TABLE_FUNCTIONS, REFUSED_TABLE_FUNCTIONS, SOURCE_FUNCTIONS } from './table-functions.ts';
import { checkPrintedTableName } from './table-names.ts';

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
  const { name } = node;
  if (parent?.kind === 'TableExpression') {
    if (Object.hasOwn(SOURCE_FUNCTIONS, name)) return checkSourceCall(node, statement, namedCollections);
    if (ALLOWED_TABLE_FUNCTIONS.has(name)) return checkStructureArguments(node, statement);
    const hint = `Use ${[...ALLOWED_TABLE_FUNCTIONS].join(', ')}, or a declared source: postgresql(NAME, table = '…').`;
    return [faultOf(statement, name, `The table function ${name} is not allowed.`, hint)];
  }
  if (!isAllowedFunction(name)) {
    return [faultOf(statement, name, `The function ${name} is not allowed.`, hintFor(name))];
  }
  const list = node.children[0]?.children ?? [];
  if (MEMBERSHIP.test(name)) return list.slice(1).flatMap((right) => checkRightSide(right, statement));
  if (CALLS_BY_NAME.has(name.toLowerCase())) return checkNamedAggregate(node, list[0], statement);
  return HIGHER_ORDER.test(name) ? checkBareNames(list, statement) : [];
}

/** After IN a name is a table, and a call can be a table function. */
function checkRightSide(right: AstNode, statement: Statement): FaultDetail[] {
  if (right.kind === 'Identifier') {
    const fault = checkPrintedTableName(right.name, statement);
    return fault === null ? [] : [{ ...fault, hint: `${fault.hint ?? ''} For a column, use has() or =.` }];
  }
  if (right.kind === 'Function' && (isTableFunction(right.name) || ALLOWED_TABLE_FUNCTIONS.has(right.name))) {
    const message = `The function ${right.name} is not allowed after IN.`;
    return [faultOf(statement, right.name, message, 'Write IN (SELECT …).')];
  }
  return [];
}

function checkNamedAggregate(node: AstNode, first: AstNode | undefined, statement: Statement): FaultDetail[] {
  const called = first?.kind === 'Literal' ? /^'([A-Za-z0-9_]+)(?:\([0-9., ]*\))?'$/u.exec(first.name)?.[1] : undefined;
  if (called !== undefined && isAllowedAggregate(called)) return [];
  const message = `${node.name} needs the name of an allowed aggregate function.`;
  return [faultOf(statement, node.name, message, "Write it as a text: 'sum'.")];
}

function checkBareNames(list: readonly AstNode[], statement: Statement): FaultDetail[] {
  return list
    .filter((argument) => argument.kind === 'Identifier' && isRefusedFunction(argument.name))
    .map(({ name }) => {
      const hint = 'If it is a column, give it another name first.';
      return faultOf(statement, name, `The function ${name} is not allowed.`, hint);
    });
}

function hintFor(name: string): string {
  if (isTableFunction(name)) return 'Files and networks are out of reach; the input is in the database input.';
  return 'Scripts may call functions that compute from their arguments alone; the reference lists them.';
}

function isTableFunction(name: string): boolean {
  return REFUSED_TABLE_FUNCTIONS.has(name) || Object.hasOwn(SOURCE_FUNCTIONS, name);
}
