import tseslint from 'typescript-eslint';

/** `core/` is pure: it imports none of the others and nothing that touches the machine. */
const corePatterns = [
  {
    group: ['**/runner/**', '**/cli/**', '**/operator/**', '**/scripts/**'],
    message: 'core/ imports none of the others',
  },
  {
    group: ['node:*', 'fs', 'path', 'pino', 'pg', 'pg-*', 'chdb', 'exceljs', '@kubernetes/*', 'fastify', 'commander'],
    message: 'core/ is pure and synchronous',
  },
];

export default tseslint.config(
  { ignores: ['node_modules', 'core/generated', 'crds', 'dist', '.smartconnector'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-depth': ['error', 5],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'configuration arrives as an argument; only main and config read it',
        },
        { object: 'Math', property: 'random', message: 'randomness arrives as an argument' },
      ],
    },
  },
  {
    files: ['core/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: corePatterns }],
      'no-restricted-globals': ['error', 'process', 'Buffer', 'setTimeout', 'fetch', 'console'],
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'the clock arrives as an argument',
        },
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'the clock arrives as an argument',
        },
      ],
    },
  },
  {
    files: ['runner/**/*.ts', 'operator/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['**/cli/**', '**/test/**'], message: 'the command line imports this, not the other way' },
          ],
        },
      ],
    },
  },
  {
    files: [
      'cli/main.ts',
      'cli/config.ts',
      'runner/**/main.ts',
      'operator/main.ts',
      'operator/config.ts',
      'scripts/**/*.ts',
      'bench/**/*.ts',
      'test/**/*.ts',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  { files: ['eslint.config.js'], ...tseslint.configs.disableTypeChecked },
);
