import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** No test reads or writes what belongs to the person who runs it: own HOME, none of their variables for git, gpg and mpa. */
const home = mkdtempSync(join(tmpdir(), 'mpa-home-'));
for (const name of Object.keys(process.env)) {
  if (/^(MPA_|GIT_|XDG_|GNUPGHOME$|NO_COLOR$|FORCE_COLOR$)/.test(name))
    Reflect.deleteProperty(process.env, name);
}
process.env['HOME'] = home;
afterAll(() => rmSync(home, { recursive: true, force: true }));
