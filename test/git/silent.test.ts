import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createStore } from '../../src/git/store.js';
import { bareRepository, callerOf, commitText, grow, objectHash, workplace } from './support.js';

const place = workplace();

it('every git of the daily work says something: simple-git waits after those that say nothing', async () => {
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const [log, out] = [join(place, 'silent'), join(place, 'said')];
  mkdirSync(join(place, 'bin'));
  const wrapper = join(place, 'bin', 'git');
  // Those that are talked with go on by themselves.
  writeFileSync(
    wrapper,
    `#!/bin/sh
case "$*" in *cat-file*) exec ${real} "$@" ;; esac
${real} "$@" >${out}.$$ 2>${out}.err.$$
status=$?
[ -s ${out}.$$ ] || [ -s ${out}.err.$$ ] || echo "$*" >>${log}
cat ${out}.$$
cat ${out}.err.$$ >&2
exit $status
`,
  );
  chmodSync(wrapper, 0o755);
  const caller = callerOf(place);
  const env = { ...caller, PATH: `${join(place, 'bin')}:${caller['PATH'] ?? ''}` };
  const remote = bareRepository(place, 'remote.git');
  grow(remote, 'sha1', 2);
  const folder = join(place, 'clone.git');
  const store = await createStore({ folder, remote, env });
  writeFileSync(log, '');

  const tip = (await store.fetch()) ?? '';
  await store.keep(tip);
  const tree = await store.writeTree(new Uint8Array(0));
  expect(tree).toBe(objectHash('sha1', 'tree', ''));
  const next = await store.writeCommit(Buffer.from(commitText('sha1', [tip], 'more')));
  expect(await store.push(tip, next)).toMatchObject({ kind: 'moved' });
  expect(await store.tip()).toBe(next);
  await store.keep(next);
  expect(await store.peek()).toBe(next);

  expect(readFileSync(log, 'utf8')).toBe('');
  expect(existsSync(join(folder, 'refs', 'mpa', 'head'))).toBe(true);
});
