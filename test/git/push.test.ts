import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ObjectFormat, PushOutcome, Store } from '../../src/core/ports.js';
import { createStore, openStore } from '../../src/git/store.js';
import {
  bareRepository,
  callerOf,
  commitText,
  grow,
  plainGit,
  setBranch,
  workplace,
  writeCommit,
} from './support.js';

const place = workplace();
const env = callerOf(place);
let count = 0;

describe.each<ObjectFormat>(['sha1', 'sha256'])('pushing to a %s remote', (format) => {
  let remote: string;
  let store: Store;
  let oids: string[];
  let old: string;
  let next: string;

  beforeEach(async () => {
    count += 1;
    remote = bareRepository(place, `remote-${count}.git`, format);
    oids = grow(remote, format, 2);
    old = oids[1] ?? '';
    store = await createStore({ folder: join(place, `clone-${count}.git`), remote, env });
    expect(await store.fetch()).toBe(old);
    next = await store.writeCommit(Buffer.from(commitText(format, [old], 'next')));
  });

  const branch = (): string => plainGit(remote, ['for-each-ref', '--format=%(objectname)']).trim();

  it('§8.2 a branch that moves from the old tip to ours has moved', async () => {
    expect(await store.push(old, next)).toEqual({ kind: 'moved' });
    expect(branch()).toBe(next);
  });

  it('§8.3 who comes second is refused, and the first one stays', async () => {
    const rival = writeCommit(remote, format, [old], 'rival');
    setBranch(remote, rival);
    expect(await store.push(old, next)).toMatchObject({ kind: 'refused' });
    expect(branch()).toBe(rival);
  });

  it('§8.3 who loses while the server is at work is refused in the server’s own words', async () => {
    const rival = writeCommit(remote, format, [old], 'rival');
    // In the time between the server's greeting and its update of the ref.
    hook(remote, 'pre-receive', `unset GIT_QUARANTINE_PATH; git update-ref refs/heads/mpa ${rival}`);
    const outcome = await store.push(old, next);
    expect(outcome.kind).toBe('refused');
    expect(wordsOf(outcome)).toContain('[remote rejected]');
    expect(branch()).toBe(rival);
  });

  it('§8.2 "up to date" is no success', async () => {
    setBranch(remote, writeCommit(remote, format, [old], 'next'));
    expect(branch()).toBe(next);
    expect(await store.push(old, next)).toMatchObject({ kind: 'refused' });
    expect(await store.push(next, next)).toMatchObject({ kind: 'refused' });
    expect(await store.push(null, next)).toMatchObject({ kind: 'refused' });
  });

  it('§8.1 a branch that was deleted is not made again', async () => {
    plainGit(remote, ['update-ref', '-d', 'refs/heads/mpa']);
    expect(await store.push(old, next)).toMatchObject({ kind: 'refused' });
    expect(branch()).toBe('');
  });

  it('§8.1 a genesis is refused where a branch is already', async () => {
    const root = await store.writeCommit(Buffer.from(commitText(format, [], 'another root')));
    expect(await store.push(null, root)).toMatchObject({ kind: 'refused' });
    expect(branch()).toBe(old);
  });

  it('§8.1 a branch that was set back is not pushed over', async () => {
    setBranch(remote, oids[0] ?? '');
    expect(await store.push(old, next)).toMatchObject({ kind: 'refused' });
    expect(branch()).toBe(oids[0]);
  });

  it('§8.1 a commit that does not descend from the old tip is not pushed at all', async () => {
    const beside = await store.writeCommit(Buffer.from(commitText(format, [oids[0] ?? ''], 'beside')));
    await expect(store.push(old, beside)).rejects.toMatchObject({ code: 'bug' });
    expect(branch()).toBe(old);
  });

  it('§2.6 whoever holds the head brings back a branch that is gone or was set back, several commits at once', async () => {
    setBranch(remote, oids[0] ?? '');
    expect(await store.push(oids[0] ?? '', next)).toEqual({ kind: 'moved' });
    plainGit(remote, ['update-ref', '-d', 'refs/heads/mpa']);
    expect(await store.push(null, next)).toEqual({ kind: 'moved' });
    expect(branch()).toBe(next);
  });

  it('§9 a server’s hook that says no is a refusal with its words', async () => {
    hook(remote, 'update', 'echo "ask Bob" >&2; exit 1');
    const outcome = await store.push(old, next);
    expect(outcome.kind).toBe('refused');
    expect(wordsOf(outcome)).toContain('ask Bob');
    expect(branch()).toBe(old);
  });

  it('§8.2 a server that says yes to a genesis and does nothing is no success', async () => {
    const bare = bareRepository(place, `empty-${count}.git`, format);
    plainGit(bare, ['config', 'receive.procReceiveRefs', 'refs/heads/mpa']);
    hook(bare, 'proc-receive', PROC_RECEIVE, '#!/usr/bin/env node');
    const fresh = await createStore({ folder: join(place, `first-${count}.git`), remote: bare, env });
    const root = await fresh.writeCommit(Buffer.from(commitText(format, [], 'root')));
    expect(await fresh.push(null, root)).toMatchObject({ kind: 'unknown' });
  });

  it('§8.2 a server that takes a push back, or only says yes, is believed until the next look shows it', async () => {
    hook(remote, 'post-receive', `git update-ref refs/heads/mpa ${old}`);
    expect(await store.push(old, next)).toEqual({ kind: 'moved' });
    expect(await store.tip()).toBe(next);
    expect(await store.peek()).toBe(old);
    expect(await store.fetch()).toBe(old);
  });

  it('§2.5 a look at the remote tells its tip and fetches nothing', async () => {
    const rival = writeCommit(remote, format, [old], 'rival');
    setBranch(remote, rival);
    expect(await store.peek()).toBe(rival);
    expect(await store.tip()).toBe(old);
    plainGit(remote, ['update-ref', '-d', 'refs/heads/mpa']);
    expect(await store.peek()).toBeNull();
    renameSync(remote, `${remote}.away`);
    await expect(store.peek()).rejects.toMatchObject({ code: 'remote-unreachable' });
  });

  it('a server that dies before it has done anything leaves it open', async () => {
    hook(remote, 'update', 'kill -9 $PPID');
    expect(await store.push(old, next)).toMatchObject({ kind: 'unknown' });
    expect(branch()).toBe(old);
  });

  it('§8.3 a server that dies after the branch moved leaves it open', async () => {
    hook(remote, 'reference-transaction', 'if test "$1" = committed; then kill -9 $PPID; fi');
    expect(await store.push(old, next)).toMatchObject({ kind: 'unknown' });
    expect(branch()).toBe(next);
  });

  it('a server that takes everything and names no branch in its answer leaves it open', async () => {
    const ssh = join(place, `ssh-${count}`);
    writeFileSync(ssh, `#!/usr/bin/env node\n${SILENT_SERVER(old, format)}`, { mode: 0o755 });
    const clone = join(place, `clone-${count}.git`);
    const mute = await openStore({ folder: clone, remote: 'host:x', env: { ...env, GIT_SSH_COMMAND: ssh } });
    const outcome = await mute.push(old, next);
    expect(outcome.kind).toBe('unknown');
    expect(wordsOf(outcome)).toContain('[remote failure]');
  });

  it('a remote that is gone leaves it open', async () => {
    renameSync(remote, `${remote}.away`);
    expect(await store.push(old, next)).toMatchObject({ kind: 'unknown' });
  });

  it('the clone’s own hooks are not run', async () => {
    const clone = join(place, `clone-${count}.git`);
    for (const name of ['pre-push', 'reference-transaction']) hook(clone, name, 'exit 1');
    expect(await store.push(old, next)).toEqual({ kind: 'moved' });
    expect(await store.fetch()).toBe(next);
  });
});

function wordsOf(outcome: PushOutcome): string {
  return outcome.kind === 'moved' ? '' : outcome.words;
}

function hook(repository: string, name: string, script: string, start = '#!/bin/sh'): void {
  const path = join(repository, 'hooks', name);
  mkdirSync(join(repository, 'hooks'), { recursive: true });
  writeFileSync(path, `${start}\n${script}\n`);
  chmodSync(path, 0o755);
}

/** Answers "ok" for each command and moves nothing: pkt-lines, version, commands, then the report. */
const PROC_RECEIVE = `
let rest = Buffer.alloc(0);
let flushes = 0;
const refs = [];
const line = (text) => (text.length + 5).toString(16).padStart(4, '0') + text + '\\n';
process.stdin.on('data', (chunk) => {
  rest = Buffer.concat([rest, chunk]);
  for (;;) {
    if (rest.length < 4) return;
    const size = parseInt(rest.toString('latin1', 0, 4), 16);
    if (size === 0) {
      rest = rest.subarray(4);
      flushes += 1;
      if (flushes === 1) process.stdout.write(line('version=1') + '0000');
      else {
        process.stdout.write(refs.map((ref) => line('ok ' + ref)).join('') + '0000');
        process.exit(0);
      }
      continue;
    }
    if (rest.length < size) return;
    const text = rest.toString('utf8', 4, size).trim();
    rest = rest.subarray(size);
    if (flushes === 1) refs.push(text.split(' ')[2]);
  }
});`;

/** Speaks for one push: greets, waits for the end of the pack (its own hash), and reports about nothing. */
const SILENT_SERVER = (old: string, format: ObjectFormat): string => `
const { createHash } = require('node:crypto');
const greeting = '${old} refs/heads/mpa\\0report-status object-format=${format}\\n';
process.stdout.write((greeting.length + 4).toString(16).padStart(4, '0') + greeting + '0000');
let all = Buffer.alloc(0);
process.stdin.on('data', (chunk) => {
  all = Buffer.concat([all, chunk]);
  const pack = all.subarray(all.indexOf('PACK'));
  const width = ${format === 'sha1' ? 20 : 32};
  const body = pack.subarray(0, -width);
  if (body.length === 0 || !createHash('${format}').update(body).digest().equals(pack.subarray(-width))) return;
  process.stdout.write('000eunpack ok\\n0000', () => process.exit(0));
});
`;
