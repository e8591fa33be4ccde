/**
 * Makes `npm test`, `npm run demo` and `npm run bench` work as the first command in a fresh clone: installs the
 * packages where they are absent or older than package-lock.json, and builds where dist is absent or older than what
 * it is built from. Otherwise it says nothing and costs one walk over src. `--fresh` builds from nothing, always.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fresh = process.argv.includes('--fresh');

/** Milliseconds since 1970 of the last change of a file; 0 where there is none. */
function changed(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newest(folder) {
  const times = readdirSync(join(root, folder), { withFileTypes: true }).map((entry) =>
    entry.isDirectory() ? newest(join(folder, entry.name)) : changed(join(folder, entry.name)),
  );
  return Math.max(changed(folder), ...times);
}

/** Runs one command in the repository; its words are shown only where it fails. */
function step(what, command, args) {
  process.stderr.write(`${what} ...\n`);
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (done.status === 0) return;
  process.stderr.write(
    `${done.stdout ?? ''}${done.stderr ?? ''}${done.error ? `${done.error.message}\n` : ''}`,
  );
  process.stderr.write(`Failed: ${[command, ...args].join(' ')}\n`);
  process.exit(1);
}

if (changed('node_modules/.package-lock.json') < changed('package-lock.json')) {
  step('Installing packages', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
}
const sources = Math.max(
  newest('src'),
  changed('rolldown.config.js'),
  changed('.ci/sbom.mjs'),
  changed('package-lock.json'),
);
if (fresh || changed('dist/THIRD-PARTY.md') < sources) {
  if (fresh) rmSync(join(root, 'dist'), { recursive: true, force: true });
  step('Building', process.execPath, [join('node_modules', 'rolldown', 'bin', 'cli.mjs'), '-c']);
}
