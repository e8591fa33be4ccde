import { cpSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new empty folder, private, its path without symbolic links. Removed when the test that asked for it ends. */
export function place(): string {
  const folder = emptyFolder();
  onTestFinished(() => remove(folder));
  return folder;
}

/** The same, for whoever removes it themselves. */
export function emptyFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'mpa-test-')));
}

export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Copies a folder whose small files name it by its absolute path, and has the copy name itself. */
export function transplant(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (!entry.isFile() || file.includes('/objects/')) continue;
    const text = readFileSync(file, 'latin1');
    if (text.includes(from)) writeFileSync(file, text.replaceAll(from, to), 'latin1');
  }
}
