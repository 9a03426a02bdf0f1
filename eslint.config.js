import { existsSync } from 'node:fs';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const hasClients = existsSync(new URL('test/clients/node_modules', import.meta.url));

/**
 * What the compiler cannot see and a reviewer should not have to: promises that nobody awaits, unions that are
 * not exhausted, files and functions that outgrow their reader. Layout is Prettier's, imports between folders
 * are test/architecture.test.ts's.
 */
export default defineConfig(
  // What clients' packages are not there for cannot be judged: `npm test` and `.ci/run` install them.
  { ignores: ['src/storage/generated/', 'types/', 'coverage/', ...(hasClients ? [] : ['test/clients/'])] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // `== null` asks for "absent or null", which GraphQL inputs need; anything else is a slip.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 250, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', { max: 4 }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `return refuse(…)` ends a function early in one line, and `() => void (await x)` says what it drops.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // Believes that a flag such as `signal.aborted` cannot have changed while the function waited.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Services and ports are objects of closures: their methods need no `this` and may be passed on.
      '@typescript-eslint/unbound-method': 'off',
      // Does not know `Promise.withResolvers<void>()`.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // Code points are what a limit of length counts.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // An asynchronous port may have an implementation that has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // An aborted signal's reason is passed on as it is, whatever it is.
      '@typescript-eslint/only-throw-error': [
        'error',
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      '@typescript-eslint/prefer-promise-reject-errors': [
        'error',
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
    },
  },
  {
    // A function that makes a service holds the service's own functions, and each of those is read alone.
    files: ['src/**/*.service.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }] },
  },
  {
    // A type's fields are a table, a row for each with its description.
    files: ['src/**/*.graphql.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    // Vendors' packages, which are there only once the tests have run.
    files: ['test/clients/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-call': 'off' },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // A suite is one function; what counts is the length of its tests.
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 300, skipBlankLines: true }],
      // Rows of a table of cases arrive as parameters.
      'max-params': 'off',
      // Matchers and parsed answers are `any`, and a missing element fails the test by itself.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
);
