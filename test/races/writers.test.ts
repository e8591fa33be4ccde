import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ObjectFormat } from '../../src/core/ports.js';
import { ground, machines, tell, together } from './ground.js';

function subjects(repository: string): string[] {
  const log = execFileSync('git', [`--git-dir=${repository}`, 'log', '--format=%s', 'refs/heads/mpa']);
  return log.toString().trim().split('\n');
}

describe.each<[ObjectFormat, number]>([
  ['sha1', 2],
  ['sha256', 8],
  ['sha1', 32],
])('%s: %d writers at once on one remote', (format, count) => {
  it('§8.3 every event arrives exactly once, whoever was quicker, and the history is clean', async () => {
    const world = await ground(format);
    const writers = machines(world, world.alice, count);
    const before = subjects(world.remote).length;
    const began = Date.now();
    const asked = await together(writers, ['request', '-m', 'all at once', '--json', '--', 'true']);
    expect(asked.map(({ outcome, stderr }) => (outcome === '0' ? outcome : outcome + stderr))).toEqual(
      Array.from({ length: count }, () => '0'),
    );
    const ids = new Set(asked.map((ran) => ran.text('request', 'id')));
    const written = subjects(world.remote).slice(0, -before);
    expect(written.map((subject) => subject.split(' ')[1]).sort()).toEqual(
      [...ids].map((id) => `${id.slice(0, 12)}:`).sort(),
    );
    const audit = await world.bob.must(['audit', '--strict', '--json']);
    expect(audit.json('events')).toBe(before + count);
    tell('writers', { format, count, arrived: ids.size, lost: 0, millis: Date.now() - began });
  });
});
