import { expect, it } from 'vitest';
import { faulty } from '../../src/ledger/fatal.js';

it('§2.5 damaged names the folder that is to go, as it is typed into a shell', () => {
  const oid = 'a'.repeat(40);
  const { code, message, hint } = faulty({
    kind: 'damaged',
    oid,
    detail: 'it is absent',
    clone: '/home/a b',
  });
  expect([code, message]).toEqual(['damaged', 'commit aaaaaaaaaaaa: it is absent']);
  expect(hint).toContain("rm -r '/home/a b', and join again");
});
