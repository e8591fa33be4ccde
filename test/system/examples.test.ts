import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../support/people.js';
import { place } from '../support/places.js';

/** Exit status by which an example says that a program it needs is not installed here. */
const NOT_HERE = 77;

const scripts = readdirSync('examples', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => join('examples', name, name === 'demo' ? 'demo.sh' : 'run.sh'));

it.each(['access', 'demo', 'deployment', 'executor', 'migration', 'team', 'weights'])(
  'there is an example called %s',
  (name) => {
    expect(scripts.map((script) => script.split('/')[1])).toContain(name);
  },
);

it.each(scripts)(
  '%s does what it says, and leaves nothing behind',
  async (script) => {
    const home = place();
    const temporary = place();
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: temporary };
    const result = await run('bash', [script], env);
    if (result.status === NOT_HERE) {
      process.stderr.write(`skipped: ${result.stderr}`);
      return;
    }
    expect({ status: result.status, said: result.stderr }).toMatchObject({ status: 0 });
    expect(result.stdout).toMatch(/audit\s+clean/);
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(home)).toEqual([]);
  },
  120_000,
);
