import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MPA, run, type Ran } from '../support/people.js';
import { place } from '../support/places.js';
import { consoleOf } from '../support/readme.js';

/** Ids, fingerprints and times differ from run to run; spaces at the end do not show. */
function plain(text: string): string {
  return text
    .replaceAll(/\b[0-9a-fA-F]{12,}\b/g, 'HEX')
    .replaceAll(/\b\d+[smhd](\d+[smh])*\b/g, 'TIME')
    .trimEnd();
}

/** What a command printed holds every line that the page shows of it. */
function compare(ran: Ran, shown: readonly string[]): void {
  const said = plain(`${ran.stdout}\n${ran.stderr}`)
    .split('\n')
    .map((line) => line.trimEnd());
  for (const line of shown) expect(said).toContain(plain(line));
}

describe('README.md', () => {
  it('the session of two people: every command does what the page shows', async () => {
    const world = place();
    const folder = join(world, 'folder');
    const bin = join(world, 'bin');
    for (const each of [folder, bin]) mkdirSync(each);
    symlinkSync(MPA, join(bin, 'mpa'));
    writeFileSync(join(folder, 'rotate-token'), '#!/bin/sh\necho rotated\n', { mode: 0o755 });
    const passphrase = join(world, 'passphrase');
    writeFileSync(passphrase, 'correct horse battery staple\n', { mode: 0o600 });

    const exports = new Map<string, string>();
    const real = new Map<string, string>();
    const shell = (who: string, command: string): Promise<Ran> =>
      run(
        'bash',
        ['-c', `${exports.get(who) ?? ''}${command}`],
        {
          PATH: `${bin}:${process.env['PATH'] ?? ''}`,
          HOME: world,
          // What the page's readers type at prompts.
          MPA_PASSPHRASE_FILE: passphrase,
          MPA_NO_INPUT: '1',
        },
        { cwd: folder },
      );

    const session = consoleOf('README.md').filter(({ who }) => who !== 'install');
    expect(session.length).toBeGreaterThan(9);
    /** A command that waits for somebody else, and what the page shows of it. */
    let waiting: { readonly ended: Promise<Ran>; readonly shown: readonly string[] } | null = null;
    for (const { who, command, shown } of session) {
      if (command.startsWith('export ')) {
        exports.set(who, `${exports.get(who) ?? ''}${command}; `);
        continue;
      }
      // The page's ids are of another ledger; a question is answered with --yes, which wants the full id.
      const here = command.replaceAll(/\b[0-9a-f]{12,64}\b/g, (id) => real.get(id) ?? id);
      const answered = /^mpa (init|approve)\b/.test(here) ? `${here} --yes` : here;
      const [id] = shown.join('\n').match(/\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b/) ?? [];
      if (/^mpa exec -m /.test(here)) {
        waiting = { ended: shell(who, answered), shown };
        const asked = async (): Promise<string | null> => {
          const list = await shell(who, 'mpa list --json');
          return list.json('requests', 0) === undefined ? null : list.text('requests', 0, 'id');
        };
        for (let found = await asked(); ; found = await asked()) {
          if (found === null) continue;
          real.set(id ?? '', found);
          break;
        }
        continue;
      }
      const result = await shell(who, answered);
      const refused = shown.some((line) => line.startsWith('mpa: '));
      expect({ command, status: result.status === 0, said: result.stderr }).toMatchObject({
        status: !refused,
      });
      compare(result, shown);
      if (waiting !== null && command.startsWith('mpa approve')) {
        const ran = await waiting.ended;
        expect(ran.status).toBe(0);
        compare(ran, waiting.shown);
        waiting = null;
      }
      if (id !== undefined && !real.has(id)) {
        const list = await shell(who, id.length === 64 ? 'mpa status --json' : 'mpa list --all --json');
        real.set(id, id.length === 64 ? list.text('anchor') : list.text('requests', 0, 'id'));
      }
    }
    expect(waiting).toBe(null);
  });
});
