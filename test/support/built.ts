import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { found } from './people.js';
import { emptyFolder, remove } from './places.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A founded ledger that tests copy; made once a run. */
    world: { readonly folder: string; readonly anchor: string };
  }
}

/** Vitest's global set-up: tests that start the built program never meet an older one than src. */
export default async function built(project: TestProject): Promise<() => void> {
  execFileSync(process.execPath, ['.ci/prepare.mjs'], { stdio: ['ignore', 'inherit', 'inherit'] });
  const top = emptyFolder();
  const { folder, anchor } = await found(join(top, 'world'));
  project.provide('world', { folder, anchor });
  return () => remove(top);
}
