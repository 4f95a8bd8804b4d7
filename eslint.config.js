import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { architecture } from './scripts/lint-architecture.js';

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Values travel as `type`s: unions and intersections are the shapes of this design, and one keyword serves both.
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ImportExpression', message: 'A dynamic import splits the bundle: import at the top.' },
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
      ],
      // `x != null` is the one short way to say 'neither null nor undefined'.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { architecture },
    rules: { 'architecture/floors': 'error', 'architecture/pure': 'error', 'no-console': 'error' },
  },
);
