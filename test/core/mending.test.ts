import { describe, expect, it } from 'vitest';
import { joinLine, mendClone } from '../../src/core/mending.js';

describe('the command lines of hints, as they are typed into a shell', () => {
  it('a remote is joined under its anchor, or under one that the person compares', () => {
    expect(joinLine('/srv/our ledger.git', 'a1')).toBe("mpa join '/srv/our ledger.git' --anchor a1");
    expect(joinLine('ssh://git@host/ledger.git', null)).toBe('mpa join ssh://git@host/ledger.git');
  });

  it('§2.5 damaged: the folder that is to go, and what makes it anew', () => {
    const mend = mendClone({ folder: '/home/a b', rejoin: joinLine('/srv/ledger.git', null) });
    expect(mend.split('\n').slice(1)).toEqual(["  rm -r '/home/a b'", '  mpa join /srv/ledger.git']);
  });
});
