import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import * as annotations from '../../../operator/api/annotations.ts';
import { RUNNER_EXIT } from '../../../core/control/exit-codes.ts';
import { FINALIZER } from '../../../operator/controllers/execution/decide.ts';
import { OWNER_ANNOTATION, OWNER_UID_LABEL } from '../../../operator/jobs/pod-parts.ts';
import { DESTRUCTIVE_ANNOTATION } from '../../../runner/postgres/object-migration.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/reference/conditions.md'), 'utf8');
const named = new Set([...PAGE.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text ?? ''));

const REASON = /^[A-Z][A-Za-z0-9]*$/;
/** Calls whose first argument is a reason. */
const GIVES_REASON = new Set(['wait', 'refuse', 'missed']);

const filesBelow = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));

function visitAll(paths: readonly string[], visit: (node: ts.Node, file: string) => void): void {
  for (const path of paths) {
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    const walk = (node: ts.Node): void => {
      visit(node, relative(ROOT, path));
      node.forEachChild(walk);
    };
    walk(source);
  }
}

/** The texts that an expression may come to; names stand for constants of the code. */
function textsOf(node: ts.Node, constants: ReadonlyMap<string, string>): string[] {
  if (ts.isStringLiteral(node)) return [node.text];
  if (ts.isIdentifier(node)) return [constants.get(node.text) ?? ''];
  if (ts.isConditionalExpression(node)) {
    return [...textsOf(node.whenTrue, constants), ...textsOf(node.whenFalse, constants)];
  }
  if (ts.isBinaryExpression(node)) return textsOf(node.right, constants);
  if (ts.isUnionTypeNode(node)) return node.types.flatMap((type) => textsOf(type, constants));
  if (ts.isLiteralTypeNode(node)) return textsOf(node.literal, constants);
  return [];
}

/** Reasons of conditions and events, with the file that says them. */
function findReasons(): Map<string, string> {
  const files = ['operator/controllers', 'operator/database', 'core/control'].flatMap(filesBelow);
  const constants = new Map<string, string>();
  visitAll(files, (node) => {
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined && ts.isStringLiteral(node.initializer)) {
      constants.set(node.name.getText(), node.initializer.text);
    }
  });
  const found = new Map<string, string>();
  visitAll(files, (node, file) => {
    const add = (texts: readonly string[]): void => {
      for (const text of texts) if (REASON.test(text)) found.set(text, file);
    };
    if ((ts.isPropertyAssignment(node) || ts.isPropertySignature(node)) && node.name.getText() === 'reason') {
      const value = ts.isPropertyAssignment(node) ? node.initializer : node.type;
      if (value !== undefined) add(textsOf(value, constants));
    }
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined && node.name.getText() === 'reason') {
      add(textsOf(node.initializer, constants));
    }
    if (ts.isVariableDeclaration(node) && node.name.getText() === 'REASON_OF_STATE') {
      for (const [, text] of node.getText().matchAll(/: '(\w+)'/g)) add([text ?? '']);
    }
    if (ts.isCallExpression(node) && GIVES_REASON.has(node.expression.getText())) {
      const [first] = node.arguments;
      if (first !== undefined) add(textsOf(first, constants));
    }
    if (ts.isTemplateExpression(node)) {
      for (const [, text] of node.getText().matchAll(/\breason = '(\w+)'/g)) add([text ?? '']);
    }
  });
  return found;
}

/** Codes of what ends a run: errors that another attempt would meet again, and failures of its stages. */
function findRunErrors(): Map<string, string> {
  const found = new Map<string, string>();
  const files = ['runner/sql', 'runner/stages', 'runner/container', 'runner/artifacts', 'runner/intake'].flatMap(
    filesBelow,
  );
  visitAll(files, (node, file) => {
    if (ts.isTypeAliasDeclaration(node) && node.name.text === 'IntakeFailureCode') {
      for (const text of textsOf(node.type, new Map())) found.set(text, file);
    }
    if (!ts.isObjectLiteralExpression(node)) return;
    const texts = new Map(
      node.properties.map((property) => [
        property.name?.getText() ?? '',
        ts.isPropertyAssignment(property) ? textsOf(property.initializer, new Map()) : [],
      ]),
    );
    const isTerminal = texts.get('class')?.includes('terminal') === true;
    const isFailure = texts.has('message') && texts.has('details') && !texts.has('class');
    if (isTerminal || isFailure) for (const code of texts.get('code') ?? []) found.set(code, file);
  });
  return found;
}

test('the page names every reason that the operator gives', () => {
  const reasons = findReasons();
  // That the search finds something: one of each of its ways.
  for (const known of [
    'Validated',
    'MigrationRefused',
    'QuotaExceeded',
    'Started',
    'NoCatchUp',
    'ConnectorValidating',
    'SlotMissed',
  ]) {
    expect([...reasons.keys()]).toContain(known);
  }
  expect([...reasons].filter(([reason]) => !named.has(reason))).toEqual([]);
});

test('the page names every code with which a run fails', () => {
  const codes = findRunErrors();
  for (const known of ['EmptyInput', 'SqlFailed', 'Aborted', 'AttemptsExhausted', 'ArtifactDamaged']) {
    expect([...codes.keys()]).toContain(known);
  }
  expect([...codes].filter(([code]) => !named.has(code))).toEqual([]);
});

test('the page names no reason that nothing gives', () => {
  const given = new Set([...findReasons().keys(), ...findRunErrors().keys()]);
  const tables = PAGE.split('## Annotations')[0] ?? '';
  const cells = [...tables.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) =>
    [...(cell ?? '').matchAll(/`([A-Z][A-Za-z]+)`/g)].map(([, reason]) => reason ?? ''),
  );
  expect(cells.length).toBeGreaterThan(50);
  // Of an execution's phase; of the scheduler.
  const elsewhere = ['Succeeded', 'PartialSuccess', 'Unschedulable'];
  expect(cells.filter((reason) => !given.has(reason) && !elsewhere.includes(reason))).toEqual([]);
});

test('the page names every annotation, the finalizer and every exit code', () => {
  const all = [...Object.values(annotations), OWNER_ANNOTATION, OWNER_UID_LABEL, DESTRUCTIVE_ANNOTATION, FINALIZER];
  expect(all.filter((name) => !named.has(name))).toEqual([]);
  for (const status of Object.values(RUNNER_EXIT)) expect(PAGE).toMatch(new RegExp(`^\\| ${status} `, 'm'));
});
