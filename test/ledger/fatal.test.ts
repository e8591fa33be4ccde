import { expect, it } from 'vitest';
import { mendClone } from '../../src/core/mending.js';
import { faulty } from '../../src/ledger/fatal.js';

it('§2.5 damaged names the folder that is to go and the command that makes it anew, as they are typed into a shell', () => {
  const mend = mendClone({ folder: '/home/a b', rejoin: 'mpa join /srv/ledger.git' });
  const { code, message, hint } = faulty({
    kind: 'damaged',
    oid: 'a'.repeat(40),
    detail: 'it is absent',
    mend,
  });
  expect([code, message]).toEqual(['damaged', 'commit aaaaaaaaaaaa: it is absent']);
  expect(hint?.split('\n').slice(1)).toEqual(["  rm -r '/home/a b'", '  mpa join /srv/ledger.git']);
});

it('§2.5 malformed names the newest commit that was verified here, where there is one: whoever sets the branch back needs it', () => {
  const fault = { kind: 'malformed', oid: 'a'.repeat(40), detail: 'the commit has 2 parents' } as const;
  const back = 'A repository admin sets the branch back to the last good commit, below this one.';
  expect(faulty(fault).hint).toBe(back);
  const newest = `The newest commit verified on this machine is ${'b'.repeat(40)}; somebody may have verified a newer one.`;
  expect(faulty(fault, 'b'.repeat(40)).hint).toBe(`${back} ${newest}`);
});
