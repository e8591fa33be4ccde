import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

/** Builds check-worker.ts by itself, as a file that a thread can run. */
export async function builtThread(): Promise<URL> {
  const file = join(mkdtempSync(join(tmpdir(), 'mpa-thread-')), 'check-worker.mjs');
  const bundle = await rolldown({ input: resolve('src/signing/check-worker.ts'), platform: 'node' });
  await bundle.write({ file, format: 'esm' });
  return pathToFileURL(file);
}
