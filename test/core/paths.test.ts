import { describe, expect, test } from 'vitest';
import { joinPath, lastPart } from '../../src/core/paths.js';

describe('§4 a path taken relative to cwd', () => {
  test.each([
    ['/srv', 'a', '/srv/a'],
    ['/srv/', 'a', '/srv/a'],
    ['/srv', './a', '/srv/a'],
    ['/srv', 'a/./b//c/', '/srv/a/b/c'],
    ['/srv', '../a', '/a'],
    ['/srv/x', '../../a', '/a'],
    ['/srv', '../../../a', '/a'],
    ['/srv/../etc', 'a', '/etc/a'],
    ['/srv', '', '/srv'],
    ['/', 'a', '/a'],
    ['/', '..', '/'],
    ['/srv', 'a..', '/srv/a..'],
    ['/srv', '...', '/srv/...'],
    ['/srv', '..a/b', '/srv/..a/b'],
  ])('%s and %s give %s', (cwd, path, joined) => {
    expect(joinPath(cwd, path)).toBe(joined);
  });

  test.each([
    ['/bin/ls', '/bin/ls'],
    ['//bin/./ls', '/bin/ls'],
    ['/bin/../ls', '/ls'],
    ['/../ls', '/ls'],
  ])('an absolute path stands by itself: %s is %s', (path, joined) => {
    expect(joinPath('/srv', path)).toBe(joined);
    expect(joinPath('', path)).toBe(joined);
  });

  test.each([
    ['plan.sql', 'plan.sql'],
    ['./plan.sql', 'plan.sql'],
    ['a/../plan.sql', 'plan.sql'],
    ['../plan.sql', '../plan.sql'],
    ['a/../../plan.sql', '../plan.sql'],
    ['../../plan.sql', '../../plan.sql'],
    ['.', ''],
  ])('without a cwd %s is %s: what leaves the folder is not taken for what is in it', (path, joined) => {
    expect(joinPath('', path)).toBe(joined);
  });
});

test.each([
  ['/usr/bin/ls', 'ls'],
  ['ls', 'ls'],
  ['/usr/bin/', ''],
  ['/', ''],
])('the last part of %s is %j', (path, last) => {
  expect(lastPart(path)).toBe(last);
});
