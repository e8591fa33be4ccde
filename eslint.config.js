import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Each heavy or dangerous module, and the files that may import it. test/architecture.test.ts holds the rest of the borders. */
const KEPT = {
  openpgp: ['src/signing/openpgp.ts'],
  inquirer: ['src/cli/prompts.ts'],
  chalk: ['src/cli/output.ts'],
  'simple-git': ['src/git/**'],
  'node:child_process': [
    'src/git/**',
    'src/cli/runner.ts',
    'src/cli/pager.ts',
    'src/cli/notify.ts',
    'src/ledger/processes.ts',
  ],
};

/** Forbids all of KEPT but `own`. */
function forbid(own) {
  const names = Object.keys(KEPT).filter((name) => !own.includes(name));
  return {
    'no-restricted-imports': [
      'error',
      { paths: names.map((name) => ({ name, message: 'HOUSE: one door each.' })) },
    ],
  };
}

const files = [...new Set(Object.values(KEPT).flat())];
const doors = files.map((file) => ({
  files: [file],
  rules: forbid(Object.keys(KEPT).filter((name) => KEPT[name].includes(file))),
}));

export default defineConfig(
  globalIgnores(['node_modules/', 'dist/', 'coverage/', '.tmp/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // A port's method may be asynchronous in one adapter and not in another.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  { files: ['src/**/*.ts'], rules: { ...forbid([]), 'no-console': 'error' } },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        'process',
        'performance',
        'setTimeout',
        'setInterval',
        'fetch',
        'crypto',
      ],
    },
  },
  ...doors,
  {
    files: ['test/**/*.ts', '*.config.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
