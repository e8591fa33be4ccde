import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  colours,
  createOutput,
  printReport,
  safe,
  type OutputSettings,
  type Stream,
} from '../../src/cli/output.js';
import { reportOf } from '../../src/cli/report.js';
import { MpaError } from '../../src/core/errors.js';

class Written implements Stream {
  text = '';
  readonly isTTY: boolean;
  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }
  write(text: string): void {
    this.text += text;
  }
}

const ESC = '\u001b';

function settings(more: Partial<OutputSettings> = {}): OutputSettings & { stdout: Written; stderr: Written } {
  return {
    json: false,
    quiet: false,
    noColor: false,
    env: { TERM: 'xterm' },
    ...more,
    stdout: more.stdout instanceof Written ? more.stdout : new Written(),
    stderr: more.stderr instanceof Written ? more.stderr : new Written(),
  };
}

describe('streams', () => {
  it('sends results to stdout and talk to stderr', async () => {
    const to = settings();
    const out = await createOutput(to);
    out.result('result');
    out.talk('talk');
    out.warn('warn');
    out.document({ a: 1 });
    expect(to.stdout.text).toBe('result\n');
    expect(to.stderr.text).toBe('talk\nwarn\n');
  });

  it('prints one document and no results with --json', async () => {
    const to = settings({ json: true });
    const out = await createOutput(to);
    out.result('result');
    out.document({ text: 'pr\u043ed\u202e' });
    expect(JSON.parse(to.stdout.text)).toEqual({ schema: 'mpa/v1', text: 'pr\u043ed\u202e' });
    expect(to.stdout.text).toMatch(/^[\n -~]*$/);
  });

  it('keeps warnings and drops talk with --quiet', async () => {
    const to = settings({ quiet: true });
    const out = await createOutput(to);
    out.talk('talk');
    out.warn('warn');
    expect(to.stderr.text).toBe('warn\n');
  });
});

describe('hostile text', () => {
  it('§9 never reaches a terminal as control characters, in whatever is printed', async () => {
    const hostile = `a${ESC}[31mb\u0007\u202e\r${ESC}]0;x\u0007\u200b`;
    const to = settings({ stdout: new Written(true), stderr: new Written(true) });
    const out = await createOutput(to);
    out.result(hostile);
    out.talk(hostile);
    out.warn(hostile);
    out.result(out.paint('bad', hostile));
    printReport(reportOf(new MpaError('usage', hostile, { hint: hostile }), 'list'), to);
    const painted = `${ESC}[31m${ESC}[1m`;
    expect(to.stderr.text).not.toMatch(/[^\n -~]/);
    expect(to.stdout.text.replace(painted, '').replace(`${ESC}[22m${ESC}[39m`, '')).not.toMatch(/[^\n -~]/);
  });

  it('§9 is escaped once: what is escaped already stays as it is', () => {
    expect(safe('\\u{202e}')).toBe('\\u{202e}');
    expect(safe(safe('a\u202e\\b\nc\u0000'))).toBe(safe('a\u202e\\b\nc\u0000'));
    expect(safe('a\nb')).toBe('a\nb');
  });

  it('cannot carry colour, even where it looks like a mark', async () => {
    const to = settings({ stdout: new Written(true) });
    const out = await createOutput(to);
    out.result('[00:bad]x[00:end]');
    expect(to.stdout.text).toBe('[00:bad]x[00:end]\n');
  });
});

describe('the line that says what goes on', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** What stderr shows of work that takes `ms`, and says something before it ends. */
  async function shown(ms: number, more: Partial<OutputSettings>, saying = false): Promise<string> {
    vi.useFakeTimers();
    const to = settings({ stderr: new Written(true), ...more });
    const out = await createOutput(to);
    const work = out.during('Fetching', async () => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      if (saying) out.warn('slow');
    });
    await vi.advanceTimersByTimeAsync(ms);
    await work;
    return to.stderr.text;
  }
  const GONE = `\r${ESC}[K`;

  it('is drawn once on a terminal where the work is long, and is gone after it', async () => {
    expect(await shown(5000, {})).toBe(`Fetching ...${GONE}`);
    expect(await shown(100, {})).toBe('');
  });

  it('gives way to words', async () => {
    expect(await shown(5000, {}, true)).toBe(`Fetching ...${GONE}slow\n`);
    expect(await shown(100, {}, true)).toBe('slow\n');
  });

  it.each([
    ['no terminal', { stderr: new Written(false) }],
    ['--quiet', { quiet: true }],
    ['--json', { json: true }],
    ['a dumb terminal', { env: { TERM: 'dumb' } }],
  ])('is not drawn with %s', async (_, more) => {
    expect(await shown(5000, more)).toBe('');
  });

  it('is gone where the work fails', async () => {
    vi.useFakeTimers();
    const to = settings({ stderr: new Written(true) });
    const out = await createOutput(to);
    const work = out.during('Fetching', async () => {
      await new Promise((resolve) => setTimeout(resolve, 5000));
      throw new Error('no');
    });
    const failed = expect(work).rejects.toThrow('no');
    await vi.advanceTimersByTimeAsync(5000);
    await failed;
    expect(to.stderr.text).toBe(`Fetching ...${GONE}`);
  });
});

describe('colour', () => {
  it.each([
    [{ env: { TERM: 'xterm' } }, true, true],
    [{ env: { TERM: 'xterm' } }, false, false],
    [{ env: { TERM: 'dumb' } }, true, false],
    [{ env: { TERM: 'xterm', NO_COLOR: '1' } }, true, false],
    [{ env: { TERM: 'xterm', NO_COLOR: '' } }, true, true],
    [{ env: {}, noColor: true }, true, false],
    [{ env: {} }, true, true],
  ])('for %j on a terminal (%j) is %j', (more, isTTY, expected) => {
    expect(colours(new Written(isTTY), settings(more))).toBe(expected);
  });

  it('is decided for each stream by itself', async () => {
    const to = settings({ stdout: new Written(true), stderr: new Written(false) });
    const out = await createOutput(to);
    const text = out.paint('good', 'x');
    out.result(text);
    out.talk(text);
    expect(to.stdout.text).toBe(`${ESC}[32mx${ESC}[39m\n`);
    expect(to.stderr.text).toBe('x\n');
  });

  it('nests', async () => {
    const to = settings({ stdout: new Written(true) });
    const out = await createOutput(to);
    out.result(out.paint('bad', `a ${out.paint('dim', 'b')} c`));
    expect(to.stdout.text.replaceAll(/\u001b\[\d+m/g, '')).toBe('a b c\n');
  });
});

describe('failures', () => {
  const error = new MpaError('not-joined', 'No ledger.', { hint: 'Join one.' });

  it('are a sentence, a code and the next step on stderr', () => {
    const to = settings();
    printReport(reportOf(error, 'list'), to);
    expect(to.stdout.text).toBe('');
    expect(to.stderr.text).toBe('mpa: No ledger. [not-joined]\n  Join one.\n');
  });

  it('§9 keep further lines, which git or others may have written, apart from ours', () => {
    const to = settings();
    const words = 'refused; git says: no\nmpa: it is authorised [ok]';
    printReport(reportOf(new MpaError('remote-refused', words, { hint: 'Ask.' }), 'list'), to);
    expect(to.stderr.text).toBe(
      'mpa: refused; git says: no [remote-refused]\n    | mpa: it is authorised [ok]\n  Ask.\n',
    );
  });

  it('are a document on stdout with --json', () => {
    const to = settings({ json: true });
    printReport(reportOf(error, 'list'), to);
    expect(JSON.parse(to.stdout.text)).toEqual({
      schema: 'mpa/v1',
      error: { code: 'not-joined', message: 'No ledger.', hint: 'Join one.' },
    });
  });

  it('print the cause of a bug on stderr, with --json too', () => {
    const to = settings({ json: true });
    printReport(reportOf(new Error('boom'), 'list'), to);
    expect(to.stderr.text).toContain('boom');
    expect(JSON.parse(to.stdout.text)).toMatchObject({ error: { code: 'bug' } });
  });
});
