import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Launch } from '../../src/workflows/launch.js';
import { place } from '../support/places.js';
import { hosted, launchOf, type Hosted } from './hosted.js';

interface Recorded extends Hosted {
  /** What the launcher answered, and the most memory that its process ever had, in KiB. */
  readonly outcome: Record<string, unknown> & { readonly maxRSS: number };
}

/** Runs a script whose output and errors are digested. `wrapper`: a shell text in which `host` is the launcher's process. */
async function recorded(
  script: string,
  wrapper = 'exec host',
  poke?: (stdout: string, pid: number) => void,
  change: Partial<Launch> = {},
): Promise<Recorded> {
  const file = join(place(), 'outcome.json');
  const launch = { ...launchOf(script, '/'), digests: true, ...change };
  const run = await hosted(launch, wrapper.replace('host', `"$@" ${file}`), poke);
  return { ...run, outcome: JSON.parse(readFileSync(file, 'utf8')) as Recorded['outcome'] };
}

const digest = (text: string): unknown => ({
  sha256: createHash('sha256').update(text).digest('hex'),
  size: Buffer.byteLength(text),
});

describe('output and errors that pass through mpa', () => {
  it('arrive unchanged, each where it belongs, and are digested', async () => {
    const run = await recorded('printf "a\\n\\303\\n"; echo err >&2; exit 3');
    expect(run).toMatchObject({ status: 3, stdout: 'a\n\uFFFD\n', stderr: 'err\n' });
    const out = Buffer.from([0x61, 0x0a, 0xc3, 0x0a]);
    const sha256 = createHash('sha256').update(out).digest('hex');
    expect(run.outcome).toMatchObject({
      exit: { code: 3 },
      stdout: { sha256, size: 4 },
      stderr: digest('err\n'),
    });
  });

  it('nothing printed: the digests of nothing', async () => {
    expect((await recorded('exit 0')).outcome).toMatchObject({ stdout: digest(''), stderr: digest('') });
  });

  it('the command can open them by name, as any pipe', async () => {
    const run = await recorded('test -p /dev/stdout && echo out >/dev/stdout && echo err >/dev/stderr');
    expect(run).toMatchObject({ status: 0, stdout: 'out\n', stderr: 'err\n' });
  });

  it('100 MB to a slow reader: every byte, and mpa does not grow', async () => {
    const bytes = 100_000_000;
    const run = await recorded(`head -c ${bytes} /dev/zero`, 'host | (sleep 0.5; sha256sum)');
    const sha256 = createHash('sha256').update(Buffer.alloc(bytes)).digest('hex');
    expect(run.stdout).toContain(sha256);
    expect(run.outcome).toMatchObject({ stdout: { sha256, size: bytes } });
    expect(run.outcome.maxRSS).toBeLessThan(150_000);
  });

  it('a reader that has seen enough ends the command by SIGPIPE, as without mpa', async () => {
    const run = await recorded('exec yes', 'host | head -1');
    expect(run.stdout).toBe('y\n');
    expect(run.outcome).toMatchObject({ exit: { signal: 'SIGPIPE' } });
  });

  it('what the command left behind is waited for, as in a pipeline', async () => {
    const run = await recorded('(sleep 3; echo late) & echo early; exit 3');
    expect(run).toMatchObject({ status: 3, stdout: 'early\nlate\n' });
    expect(run.outcome).toMatchObject({ exit: { code: 3 }, stdout: digest('early\nlate\n') });
    expect(run.outcome['millis']).toBeLessThan(3000);
  });

  it('and no longer, once a signal says so', async () => {
    let sent = false;
    const script = 'sleep 60 & echo left; exit 3';
    const run = await recorded(script, 'exec host', (stdout, pid) => {
      if (sent || !stdout.includes('left')) return;
      sent = true;
      // The command has ended by then, or ends at once: the signal that reaches it changes nothing for what it left.
      setTimeout(() => process.kill(pid, 'SIGTERM'), 200);
    });
    expect(run.status).toBe(3);
    expect(run.outcome).toMatchObject({ exit: { code: 3 }, stdout: digest('left\n') });
  });

  it('a program that cannot be started leaves no digests', async () => {
    const run = await recorded('', 'exec host', undefined, { program: '/nonexistent', argv: ['x'] });
    expect(run.status).toBe(127);
    expect(run.outcome['exit']).toEqual({ failed: 'not-found' });
    expect(Object.keys(run.outcome)).not.toContain('stdout');
  });
});
