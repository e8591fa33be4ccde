import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { ObjectFormat } from '../../src/core/ports.js';
import { afterAll } from 'vitest';

/** A temporary folder for one test file, removed after it. */
export function workplace(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mpa-git-')));
  chmodSync(folder, 0o755);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The environment of a caller with an empty home, on a machine without a system-wide configuration of git. */
export function callerOf(folder: string, more: Record<string, string> = {}): Record<string, string> {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  return { PATH: process.env['PATH'] ?? '', HOME: home, GIT_CONFIG_NOSYSTEM: '1', ...more };
}

/** Plain git, as somebody else would use it on `repository`, with no configuration of this machine. */
export function plainGit(repository: string, args: string[], input?: string | Uint8Array): string {
  return execFileSync('git', args, {
    cwd: repository,
    env: {
      PATH: process.env['PATH'] ?? '',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_DIR: repository,
      ...WHO,
    },
    input: input ?? '',
    maxBuffer: 1 << 30,
    stdio: ['pipe', 'pipe', 'pipe'],
  }).toString();
}

const WHO = {
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.org',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.org',
};

export function bareRepository(folder: string, name: string, format: ObjectFormat = 'sha1'): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  execFileSync('git', ['init', '-q', '--bare', '--template=', `--object-format=${format}`, path], {
    env: { PATH: process.env['PATH'] ?? '', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  });
  return path;
}

/** Bytes of a commit without a signature. */
export function commitText(format: ObjectFormat, parents: readonly string[], message: string): string {
  const tree = objectHash(format, 'tree', '');
  const lines = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`)];
  const who = 'Ann <ann@example.org> 1700000000 +0000';
  return `${lines.join('\n')}\nauthor ${who}\ncommitter ${who}\n\n${message}\n`;
}

/** Writes a commit by hand, well formed or not, and returns its name. */
export function writeCommit(
  repository: string,
  format: ObjectFormat,
  parents: readonly string[],
  message: string,
): string {
  writeLoose(repository, format, 'tree', '');
  return writeLoose(repository, format, 'commit', commitText(format, parents, message));
}

/** `count` commits in a row, oldest first, on `refs/heads/mpa`. */
export function grow(
  repository: string,
  format: ObjectFormat,
  count: number,
  from: string | null = null,
): string[] {
  const oids: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const parent = oids.at(-1) ?? from;
    oids.push(writeCommit(repository, format, parent === null ? [] : [parent], `event ${at} on ${parent}`));
  }
  setBranch(repository, oids.at(-1) ?? '');
  return oids;
}

/** Sets the branch whatever stood there: what the repository's own admin can do. */
export function setBranch(repository: string, oid: string): void {
  plainGit(repository, ['update-ref', 'refs/heads/mpa', oid]);
}

export function objectHash(format: ObjectFormat, type: string, content: string | Uint8Array): string {
  return createHash(format)
    .update(`${type} ${Buffer.byteLength(content)}\0`)
    .update(content)
    .digest('hex');
}

/** Writes a loose object as a file of that name, whether or not it hashes to it. */
export function writeLoose(
  repository: string,
  format: ObjectFormat,
  type: string,
  content: string | Uint8Array,
  name = objectHash(format, type, content),
): string {
  const path = loosePath(repository, name);
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  const header = Buffer.from(`${type} ${Buffer.byteLength(content)}\0`);
  writeFileSync(path, deflateSync(Buffer.concat([header, Buffer.from(content)])));
  return name;
}

export function loosePath(repository: string, name: string): string {
  return join(repository, 'objects', name.slice(0, 2), name.slice(2));
}

/** Runs `use` as somebody whom permissions bind: root is not. */
export async function unprivileged(use: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return use();
  process.seteuid?.(65534);
  try {
    await use();
  } finally {
    process.seteuid?.(0);
  }
}
