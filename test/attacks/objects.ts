import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Plain git on a repository, as its admin types it. */
export function git(repository: string, ...args: readonly string[]): string {
  return execFileSync('git', ['--git-dir', repository, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** The file of one object, once everything lies about loose. */
export function fileOf(repository: string, oid: string): string {
  unpack(repository);
  return join(repository, 'objects', oid.slice(0, 2), oid.slice(2));
}

/** Takes all objects out of their packs. */
function unpack(repository: string): void {
  const folder = join(repository, 'objects', 'pack');
  const packs = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.pack')) : [];
  for (const name of packs) {
    const input = readFileSync(join(folder, name));
    for (const each of readdirSync(folder).filter((other) =>
      other.startsWith(name.slice(0, -'.pack'.length)),
    ))
      rmSync(join(folder, each), { force: true });
    execFileSync('git', ['--git-dir', repository, 'unpack-objects', '-q'], { input });
  }
}

function put(path: string, bytes: Uint8Array): void {
  rmSync(path, { force: true });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

/** What can be done to one object of a repository. */
export const HARMS = {
  'cut in half': (repository: string, oid: string): void => {
    const bytes = readFileSync(fileOf(repository, oid));
    put(fileOf(repository, oid), bytes.subarray(0, bytes.length >> 1));
  },
  absent: (repository: string, oid: string): void => rmSync(fileOf(repository, oid)),
  'another under its name': (repository: string, oid: string): void => {
    const type = git(repository, 'cat-file', '-t', oid);
    const other =
      type === 'commit' ? git(repository, 'rev-list', '--max-parents=0', oid) : alike(repository, type);
    put(fileOf(repository, oid), readFileSync(fileOf(repository, other)));
  },
} as const;
export type Harm = keyof typeof HARMS;

/** Another object of that type. */
function alike(repository: string, type: string): string {
  const input = type === 'tree' ? `100644 blob ${alike(repository, 'blob')}\tother\n` : 'other';
  const args = type === 'tree' ? ['mktree'] : ['hash-object', '-w', '--stdin'];
  return execFileSync('git', ['--git-dir', repository, ...args], { input, encoding: 'utf8' }).trim();
}

/** Harms one object, and answers how to put it back as it was. */
export function harm(repository: string, oid: string, how: Harm): () => void {
  const path = fileOf(repository, oid);
  const before = readFileSync(path);
  HARMS[how](repository, oid);
  return () => put(path, before);
}

/** A commit-graph with a right checksum that says that the tip's parent is the root: what lies between is hidden from those who read it. */
export function poisonGraph(repository: string, tip: string): void {
  const root = git(repository, 'rev-list', '--max-parents=0', tip);
  const refs = git(repository, 'rev-list', tip);
  execFileSync('git', ['--git-dir', repository, 'commit-graph', 'write', '--stdin-commits'], { input: refs });
  const path = join(repository, 'objects/info/commit-graph');
  const graph = readFileSync(path);
  const at = (name: string): number => Number(graph.readBigUInt64BE(graph.indexOf(name) + 4));
  const place = (oid: string): number => (graph.indexOf(oid, at('OIDL'), 'hex') - at('OIDL')) / 20;
  graph.writeUInt32BE(place(root), at('CDAT') + place(tip) * 36 + 20);
  const body = graph.subarray(0, graph.length - 20);
  put(path, Buffer.concat([body, createHash('sha1').update(body).digest()]));
}
