import { execFileSync } from 'node:child_process';

/** Vitest's global set-up: tests that start the built program never meet an older one than src. */
export default function built(): void {
  execFileSync(process.execPath, ['.ci/prepare.mjs'], { stdio: ['ignore', 'inherit', 'inherit'] });
}
