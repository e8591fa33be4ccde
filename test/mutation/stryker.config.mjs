/** What decides is mutated; `run.ts` hands over the files. One runner: each mutant has the machine to itself. */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner', './test/mutation/words.mjs'],
  ignorers: ['words'],
  disableTypeChecks: false,
  checkers: [],
  concurrency: 1,
  coverageAnalysis: 'perTest',
  timeoutMS: 20_000,
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: '.tmp/mutation/report.json' },
  tempDirName: '.tmp/mutation/sandbox',
  ignorePatterns: ['dist', 'coverage', '.tmp', 'test/mutation/node_modules'],
};
