/** One node of the tree that `EXPLAIN AST` prints. */
export interface AstNode {
  /** `SelectQuery`, `Function`, `Storage definition` … */
  readonly kind: string;
  /** What stands after the kind, without alias and number of children: the name of a function, of a table … */
  readonly name: string;
  readonly children: readonly AstNode[];
}

/** Kinds of two words and more: elsewhere the kind ends at the first blank. */
const LONG_KINDS: readonly string[] = ['Storage definition', 'Columns definition', 'View SQL Security'];

/**
 * Reads the text of `EXPLAIN AST`; null when it is not exactly one well-formed tree: one root, each line one level at most
 * below the line before it, each node with as many children as it says.
 */
export function parseAst(explainText: string): AstNode | null {
  const lines = explainText.split('\n');
  while (lines.at(-1) === '') lines.pop();
  const roots: MutableNode[] = [];
  const open: MutableNode[] = [];
  for (const line of lines) {
    const depth = /^ */u.exec(line)?.[0].length ?? 0;
    if (depth > open.length) return null;
    const node = parseLine(line.slice(depth));
    const siblings = depth === 0 ? roots : open[depth - 1]?.children;
    if (siblings === undefined) return null;
    siblings.push(node);
    open.length = depth;
    open.push(node);
  }
  const [root] = roots;
  if (root === undefined || roots.length !== 1) return null;
  return hasDeclaredChildren(root) ? root : null;
}

interface MutableNode {
  readonly kind: string;
  readonly name: string;
  readonly declared: number;
  readonly children: MutableNode[];
}

function parseLine(label: string): MutableNode {
  const counted = /^(.*?) \(children (\d+)\)$/su.exec(label);
  const declared = counted === null ? 0 : Number(counted[2]);
  const text = counted === null ? label : (counted[1] ?? '');
  const kind = LONG_KINDS.find((long) => text.startsWith(long)) ?? /^[^ ]*/u.exec(text)?.[0] ?? '';
  // The name comes first and nothing that is allowed holds a bracket, so an alias cannot pass for a part of a name.
  const name = text
    .slice(kind.length)
    .replace(/ \(alias .*$/su, '')
    .trim();
  return { kind, name, declared, children: [] };
}

function hasDeclaredChildren(root: MutableNode): boolean {
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.children.length !== node.declared) return false;
    pending.push(...node.children);
  }
  return true;
}
