import type { FaultDetail } from '../errors/app-error.ts';
import { parseAst } from './ast.ts';
import type { AstNode } from './ast.ts';
import { checkApplyTransformers } from './apply-rules.ts';
import { checkFunctionNode } from './function-rules.ts';
import { locate } from './locate.ts';
import { readShape } from './statement-shape.ts';
import type { StatementShape } from './statement-shape.ts';
import type { Statement } from './statements.ts';
import { checkStorage, STORAGE } from './storage-rules.ts';
import { checkPrintedTableName } from './table-names.ts';
import { faultAt } from './token-cursor.ts';

export { checkTokens } from './token-rules.ts';

/** An external source of the connector, as the script may use it. */
export interface NamedCollection {
  readonly name: string;
  /** `PostgreSQL`, `MySQL`, `S3` or `HTTP`. */
  readonly kind: string;
}

export interface FenceOptions {
  readonly namedCollections: readonly NamedCollection[];
}

/** Node kinds that carry no name to check. What is on no list is refused: settings, formats, parameters, streams … */
const PLAIN_KINDS: ReadonlySet<string> = new Set(
  `SelectIntersectExceptQuery SelectQuery ExpressionList Identifier Literal Subquery TablesInSelectQuery
  TablesInSelectQueryElement TableExpression TableJoin ArrayJoin Asterisk QualifiedAsterisk ColumnsTransformerList
  ColumnsApplyTransformer ColumnsExceptTransformer ColumnsReplaceTransformer ColumnsReplaceTransformer::Replacement
  ColumnsRegexpMatcher ColumnsListMatcher QualifiedColumnsRegexpMatcher QualifiedColumnsListMatcher WithElement
  WindowDefinition WindowListElement OrderByElement InterpolateElement SampleRatio StorageOrderByElement DataType
  TupleDataType EnumDataType NameTypePair ASTObjectTypeArgument ObjectTypedPath ColumnDeclaration Constraint
  Assignment`.split(/\s+/u),
);

const ALTER_COMMANDS: ReadonlySet<string> = new Set(
  'ADD_COLUMN DROP_COLUMN MODIFY_COLUMN RENAME_COLUMN COMMENT_COLUMN UPDATE DELETE'.split(' '),
);

/**
 * Checks what `EXPLAIN AST <statement>` printed against the lists of what a script may use: kinds of statements and nodes,
 * databases, functions, table functions, engines. Expects a statement that `checkTokens` let pass.
 *
 * @returns one fault a place, with line and column in the script; empty when the statement may run
 */
export function checkAst(statement: Statement, explainText: string, options: FenceOptions): FaultDetail[] {
  const { shape, faults } = readShape(statement);
  if (shape === null) return [...faults];
  const root = parseAst(explainText);
  if (root === null) return [unsure(statement)];
  const checker = new AstChecker(statement, shape, options);
  checker.checkRoot(root);
  checker.walk(root);
  return distinct(checker.faults);
}

class AstChecker {
  readonly faults: FaultDetail[] = [];
  readonly #statement: Statement;
  readonly #shape: StatementShape;
  readonly #options: FenceOptions;

  constructor(statement: Statement, shape: StatementShape, options: FenceOptions) {
    this.#statement = statement;
    this.#shape = shape;
    this.#options = options;
  }

  /** The engine must have read the statement as the kind that its tokens say, with a query exactly where they say. */
  checkRoot(root: AstNode): void {
    const query =
      root.kind === 'SelectWithUnionQuery' || root.children.some((node) => node.kind === 'SelectWithUnionQuery');
    if (root.kind !== this.#shape.kind || query !== this.#shape.query) this.faults.push(unsure(this.#statement));
  }

  walk(root: AstNode): void {
    let applied = false;
    const pending: { node: AstNode; parent: AstNode | null }[] = [{ node: root, parent: null }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { node, parent } = next;
      this.#check(node, parent);
      if (node.kind === 'ColumnsApplyTransformer') applied = true;
      // From the right, so that the leftmost child is met first.
      for (const child of node.children.toReversed()) pending.push({ node: child, parent: node });
    }
    if (applied) this.faults.push(...checkApplyTransformers(this.#statement));
  }

  #check(node: AstNode, parent: AstNode | null): void {
    switch (node.kind) {
      case 'SelectWithUnionQuery':
        if (node.children.length !== 1)
          this.#refuse(node, 'INTO OUTFILE, FORMAT and SETTINGS are not allowed.', 'Remove it.', 'FORMAT');
        return;
      case 'TableIdentifier':
        this.#checkTable(node.name);
        return;
      case 'Function':
        this.faults.push(
          ...checkFunctionNode(node, parent, this.#statement, this.#shape, this.#options.namedCollections),
        );
        return;
      case STORAGE:
        this.faults.push(...checkStorage(node, this.#statement, this.#shape));
        return;
      case 'Columns definition':
        if (node.children.length !== 1) {
          this.#refuse(
            node,
            'Indexes, constraints and projections are not allowed.',
            'Declare columns only.',
            'INDEX',
            'CONSTRAINT',
            'PROJECTION',
          );
        }
        return;
      case 'AlterCommand':
        if (!ALTER_COMMANDS.has(node.name) || node.children.some((child) => child.kind.startsWith('Partition'))) {
          const command = node.name.replaceAll('_', ' ');
          this.#refuse(
            node,
            `${command} is not allowed.`,
            'Add, drop, modify or rename columns; UPDATE or DELETE rows.',
            command.split(' ')[0] ?? '',
          );
        }
        return;
      default:
        if (parent === null && node.kind === this.#shape.kind) return;
        if (!PLAIN_KINDS.has(node.kind)) {
          this.#refuse(
            node,
            `${KIND_WORDS[node.kind] ?? node.kind} is not allowed.`,
            'Remove it.',
            ...(KIND_TOKENS[node.kind] ?? []),
          );
        }
    }
  }

  #checkTable(printed: string): void {
    const fault = checkPrintedTableName(printed, this.#statement);
    if (fault !== null) this.faults.push(fault);
  }

  #refuse(node: AstNode, message: string, hint: string, ...names: readonly string[]): void {
    const found = [...names, node.name].map((name) => locate(this.#statement, name)).find((token) => token !== null);
    this.faults.push(faultAt(found ?? this.#statement, message, hint));
  }
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  Set: 'SETTINGS',
  ASTStreamSettings: 'STREAM',
  QueryParameter: 'A query parameter',
  TTLElement: 'TTL',
  'View SQL Security': 'SQL SECURITY',
};
const KIND_TOKENS: Readonly<Record<string, readonly string[]>> = {
  Set: ['SETTINGS'],
  ASTStreamSettings: ['STREAM'],
  TTLElement: ['TTL'],
};

function unsure(statement: Statement): FaultDetail {
  return faultAt(
    statement,
    'The statement cannot be checked: the engine reads it differently than it is written.',
    'Write it in a plainer form.',
  );
}

function distinct(faults: readonly FaultDetail[]): FaultDetail[] {
  const seen = new Set<string>();
  return faults.filter((fault) => {
    const key = `${String(fault.line)}:${String(fault.column)}:${fault.message}`;
    return !seen.has(key) && seen.add(key);
  });
}
