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
