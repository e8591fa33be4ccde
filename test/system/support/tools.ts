import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

/** Servers live where a person's PATH seldom looks; git-http-backend where git keeps its own. */
function folders(): string[] {
  const own = (process.env['PATH'] ?? '').split(':').filter((entry) => entry.startsWith('/'));
  const git = execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim();
  return [...own, '/usr/local/sbin', '/usr/sbin', '/sbin', git];
}

function find(tool: string): string | null {
  const paths = folders().map((folder) => join(folder, tool));
  return paths.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The absolute path of a program that `suite` has found. Throws where there is none. */
export function tool(name: string): string {
  const path = find(name);
  if (path === null) throw new Error(`${name} is not installed`);
  return path;
}

/**
 * A `describe` that needs `tools`, and `asRoot` root. Where something is missing it skips and prints why; but in the gate
 * (CI=true) as root, which installs them all, a missing tool is a failure.
 */
export function suite(
  title: string,
  needs: { readonly tools: readonly string[]; readonly asRoot?: boolean },
  body: () => void,
): void {
  const missing = needs.tools.filter((name) => find(name) === null);
  const why = [
    ...(missing.length === 0 ? [] : [`not installed: ${missing.join(', ')}`]),
    ...(needs.asRoot === true && !isRoot() ? ['only root can do this'] : []),
  ].join('; ');
  if (why === '') {
    describe(title, body);
  } else if (process.env['CI'] === 'true' && isRoot()) {
    it(`${title}: has what it needs`, () => {
      throw new Error(why);
    });
  } else {
    console.log(`skipped: ${title}: ${why}`);
    describe.skip(`${title} (${why})`, body);
  }
}
