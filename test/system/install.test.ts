import { cpSync, mkdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../support/people.js';
import { place } from '../support/places.js';
import { consoleOf } from '../support/readme.js';

it('README.md, Install: from a checkout to a program that says its version', async () => {
  const world = place();
  const checkout = join(world, 'checkout');
  const home = join(world, 'home');
  mkdirSync(home);
  for (const file of execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' })
    .split('\0')
    .filter(Boolean))
    cpSync(file, join(checkout, file));
  const steps = consoleOf('README.md').filter(({ who }) => who === 'install');
  expect(steps.length).toBeGreaterThan(2);
  for (const { command, shown } of steps) {
    // How this machine reaches the network (proxies, certificates) stays as it is.
    const result = await run(
      'bash',
      ['-c', command],
      { ...defined(process.env), HOME: home },
      { cwd: checkout },
    );
    expect({ command, status: result.status, said: result.stderr }).toMatchObject({ status: 0 });
    for (const line of shown) expect(result.stdout.split('\n')).toContain(line);
  }
}, 400_000);

function defined(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
