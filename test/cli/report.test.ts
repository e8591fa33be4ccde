import { describe, expect, it } from 'vitest';
import { EXIT, REPORT, reportOf } from '../../src/cli/report.js';
import { MpaError, OWN_CODES, type ErrorCode } from '../../src/core/errors.js';
import { FATALS, REFUSALS, VOID_REASONS } from '../../src/core/reasons.js';

const statusOf = (code: ErrorCode, word = 'list'): number => reportOf(new MpaError(code, 'x'), word).exit;

describe('the table of failures', () => {
  it('has a row for each code and no other', () => {
    const codes = new Set<string>([...OWN_CODES, ...REFUSALS, ...VOID_REASONS, ...FATALS]);
    expect(Object.keys(REPORT).sort()).toEqual([...codes].sort());
  });

  it('gives each group the status of CLI.md', () => {
    for (const code of [...REFUSALS, ...VOID_REASONS]) expect(statusOf(code)).toBe(EXIT.refused);
    for (const code of FATALS) expect(statusOf(code)).toBe(EXIT.untrusted);
    expect(statusOf('usage')).toBe(2);
    expect(statusOf('unknown-id')).toBe(2);
    expect(statusOf('remote-unreachable')).toBe(4);
    expect(statusOf('bad-passphrase')).toBe(5);
    expect(statusOf('bad-config')).toBe(6);
    expect(statusOf('bug')).toBe(70);
    expect(statusOf('cancelled')).toBe(130);
  });

  it('ends exec with 125 whatever fails in mpa, but for 126, 127 and 130', () => {
    for (const code of [...OWN_CODES, ...REFUSALS, ...VOID_REASONS, ...FATALS]) {
      const own: Partial<Record<ErrorCode, number>> = {
        'cannot-execute': 126,
        'not-found': 127,
        cancelled: 130,
      };
      expect(statusOf(code, 'exec'), code).toBe(own[code] ?? 125);
    }
  });

  it('prefers the hint of the error, and names no hint for what was cancelled', () => {
    expect(reportOf(new MpaError('usage', 'x', { hint: 'do y' }), undefined).hint).toBe('do y');
    expect(reportOf(new MpaError('usage', 'x'), undefined).hint).toBe(REPORT.usage.hint);
    expect(reportOf(new MpaError('cancelled', 'x'), undefined).hint).toBeNull();
  });
});

describe('what nobody expected', () => {
  it('is a bug, with the causes in its trace', () => {
    const report = reportOf(new TypeError('outer', { cause: new Error('inner') }), 'list');
    expect(report).toMatchObject({ code: 'bug', exit: 70 });
    expect(report.trace).toContain('outer');
    expect(report.trace).toContain('inner');
  });

  it('is a bug even where it is no error', () => {
    expect(reportOf('a string', 'list').code).toBe('bug');
    expect(reportOf(undefined, 'list').code).toBe('bug');
  });

  it('is cancelled for the exit error of a prompt', () => {
    expect(reportOf(Object.assign(new Error('x'), { name: 'ExitPromptError' }), 'approve').exit).toBe(130);
  });

  it('is the disk where the system says so', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    expect(reportOf(full, 'join')).toMatchObject({ code: 'disk', exit: 6, trace: null });
  });
});
