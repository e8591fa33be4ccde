import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { handOf, now } from '../support/hands.js';
import { exec, findings, stages } from './daily.js';

describe('what audit and doctor find, in words that somebody can act on', () => {
  const stage = stages();

  it('§7.8 a violation: whom to stop, and how later audits go on; a run without an end, and junk: what to ask', async () => {
    const on = stage();
    const { alice, bob, forge } = on;
    const host = (hostname().split('.')[0] ?? '').toLowerCase();
    await forge.write(await handOf(alice), now(), { type: 'start', request: on.granted, host });
    await forge.write(await handOf(alice), now(), { type: 'start', request: on.waiting, host: 'elsewhere' });
    await forge.write(await handOf(bob), now(), { type: 'approve', request: on.waiting }, { name: 'Nobody' });
    const audit = await bob.mpa(['audit']);
    expect(audit.status).toBe(1);
    expect(audit.stdout).toMatch(
      /^VIOLATION .*alice on elsewhere, request [0-9a-f]{12}\n {4}not-authorised: /m,
    );
    expect(audit.stdout).toMatch(/^interrupted .* run [0-9a-f]{12} of [0-9a-f]{12} by alice on /m);
    expect(audit.stdout).toMatch(/^no event {2}[0-9a-f]{40}\n {4}bad-identity: /m);
    expect(audit.stderr).toMatch(/mpa halt --who alice -m REASON/);
    expect(audit.stderr).toMatch(/A run without an end still runs, or died with its machine/);
    expect(audit.stderr).toMatch(/What is no event has no effect\. Ask who may push/);
    expect(audit.stderr).toContain('mpa audit --since COMMIT');
    await bob.must(['halt', '--who', 'alice', '-m', 'who was that']);
    const since = (await bob.must(['status', '--json'])).text('head');
    const later = await bob.mpa(['audit', '--since', since]);
    expect(later.status).toBe(0);
    expect(later.stdout).toMatch(/^known .*alice on elsewhere/m);
    expect(later.stderr).not.toContain('mpa halt');
    expect((await alice.mpa([...exec(on), '--json'])).outcome).toBe('125 halted');
    expect(on.runs()).toBe(0);
  });

  it('§8.8 an end that the remote did not take: kept, told by the doctor with the command, and pushed by it', async () => {
    const on = stage();
    const { alice, bob, remote } = on;
    const hook = join(remote, 'hooks', 'pre-receive');
    mkdirSync(dirname(hook), { recursive: true });
    // The start is taken, and nothing after it.
    writeFileSync(hook, `#!/bin/sh\n[ -e ${on.folder}/closed ] && exit 1\ntouch ${on.folder}/closed\n`, {
      mode: 0o755,
    });
    expect((await alice.mpa(exec(on))).status).toBe(0);
    expect(on.runs()).toBe(1);
    expect((await bob.must(['audit', '--json'])).json('interrupted', 0, 'host')).toBeTypeOf('string');
    const doctor = await alice.mpa(['doctor', '--json']);
    expect(findings(doctor, 'warn')).toContainEqual({
      what: 'uses',
      level: 'warn',
      detail: `how a run of ${on.granted.slice(0, 12)} ended is kept here, and not in the ledger yet`,
      mend: 'mpa sync',
      code: null,
    });
    writeFileSync(hook, '#!/bin/sh\nexit 0\n');
    await alice.must(['sync']);
    expect((await bob.must(['audit', '--strict', '--json'])).json('interrupted')).toEqual([]);
    expect((await alice.mpa([...exec(on), '--json'])).outcome).toBe('125 used');
    expect(on.runs()).toBe(1);
  });
});
