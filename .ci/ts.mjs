/**
 * Runs one TypeScript file of this repository on every Node that mpa supports: `node .ci/ts.mjs FILE [ARGUMENTS]`.
 * Bundles it without its packages into .tmp/ and imports it there.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const input = resolve(process.argv[2] ?? '');
const folder = join(root, '.tmp', `run-${process.pid}`);

mkdirSync(folder, { recursive: true });
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const bundle = await rolldown({ input, platform: 'node', external: (id) => !/^[./]/.test(id) });
await bundle.write({ file: join(folder, 'main.mjs'), format: 'esm', codeSplitting: false });
process.argv.splice(1, 2, input);
await import(pathToFileURL(join(folder, 'main.mjs')).href);
