import { describe, expect, it } from 'vitest';
import { standingDecision } from '../../src/core/decide.js';
import { formatTime } from '../../src/core/time.js';
import { clipboard } from '../../src/cli/copy.js';
import { newsText, newsView } from '../../src/cli/layout-news.js';
import { either, liveLines, standingText } from '../../src/cli/live-text.js';
import { liveOn } from '../../src/cli/live.js';
import { newsBetween } from '../../src/workflows/news.js';
import type { Standing } from '../../src/workflows/wait.js';
import { ask, world, write } from '../ledger/world.js';

const plain = (_: unknown, text: string): string => text;
const EXTRAS = { away: false, copied: false, keys: true };

async function standing(
  body: Readonly<Record<string, unknown>> = {},
  ...approvers: readonly ('bob' | 'carol')[]
): Promise<Standing & { now: number }> {
  const w = await world();
  const home = w.home();
  const { id } = await write(home, w.alice, { ...ask(), ...body });
  for (const name of approvers) await write(home, w[name], { type: 'approve', request: id });
  const view = await home.ledger.view();
  const record = view.state.requests.get(id);
  if (record === undefined) throw new Error('no request');
  const now = w.clock.now();
  return { view, record, now, decision: standingDecision(view.state, record, now) };
}

describe('the line of a wait', () => {
  it('says who could approve, who has, and the time left', async () => {
    const it = await standing();
    expect(standingText(it, it.now + 60, true)).toBe('Waiting for bob or carol to approve (0/1), 59m left.');
    expect(standingText(it, it.now + 60, false)).toMatch(/\(0\/1\), until \d{4}-.* UTC\.$/);
  });

  it('says when a window begins that is still to come', async () => {
    const first = await standing();
    const it = await standing({ notBefore: formatTime(first.now + 720) }, 'bob');
    expect(standingText(it, it.now, true)).toMatch(/^Approved\. It begins at .* UTC, in 12m\.$/);
  });

  it.each([
    [[], 'nobody who is left'],
    [['bob'], 'bob'],
    [['bob', 'carol'], 'bob or carol'],
    [['a', 'b', 'c', 'd'], 'a, b, c or d'],
    [['a', 'b', 'c', 'd', 'e', 'f'], 'a, b, c or 3 others'],
  ])('names %j as %s', (names, text) => {
    expect(either(names)).toBe(text);
  });

  it('fits into any terminal, and names the keys only where they are heard', async () => {
    const it = await standing();
    for (const columns of [20, 40, 80, 200])
      for (const line of liveLines(it, it.now, columns, EXTRAS))
        expect(line.length).toBeLessThan(Math.max(21, columns));
    expect(liveLines(it, it.now, 80, EXTRAS).at(-1)).toBe(
      '  c copies the line for them, Ctrl-C stops waiting',
    );
    expect(liveLines(it, it.now, 80, { ...EXTRAS, keys: false }).at(-1)).not.toContain('copies');
    expect(liveLines(it, it.now, 80, { ...EXTRAS, away: true })).toHaveLength(3);
  });
});

describe('lines that are drawn over themselves', () => {
  const drawing = (
    columns = 80,
  ): { written: string[]; live: ReturnType<typeof liveOn>; lines: string[]; screen: { columns: number } } => {
    const written: string[] = [];
    const lines = ['one', 'two'];
    const screen = { columns, write: (text: string) => written.push(text) };
    return { written, lines, screen, live: liveOn(screen, () => [...lines]) };
  };

  it('draws, and not again what stands there', () => {
    const { written, live } = drawing();
    live.draw();
    live.draw();
    expect(written).toEqual(['one\ntwo']);
  });

  it('takes away what it drew, once', () => {
    const { written, live } = drawing();
    live.draw();
    live.hide();
    live.hide();
    expect(written.slice(1)).toEqual(['\r\u001b[1A\u001b[J']);
  });

  it('takes away the rows that a terminal made narrower has broken them into', () => {
    const { written, live, lines, screen } = drawing();
    lines[0] = 'x'.repeat(70);
    live.draw();
    screen.columns = 30;
    live.hide();
    expect(written.at(-1)).toBe('\r\u001b[3A\u001b[J');
  });
});

describe('what goes on the clipboard', () => {
  it('is a line of our own', () => {
    expect(clipboard('mpa approve 3f9c01ab52de')).toBe('\u001b]52;c;bXBhIGFwcHJvdmUgM2Y5YzAxYWI1MmRl\u0007');
  });

  it.each(['', 'a\nb', '$(x)', 'a;b', '-x', 'é', '\u001b'])('and never %j', (text) => {
    expect(() => clipboard(text)).toThrow();
  });
});

describe('news', () => {
  it('of others are escaped, cut to 80 columns, and name the next command', async () => {
    const nasty = `evil\u001b[2J\u202e${'x'.repeat(200)}`;
    const it = await standing({ justification: nasty });
    const found = newsBetween(null, { state: it.view.state, now: it.now }, 'bob');
    const text = found.map((news) => newsText(news, it.view, it.now, plain)).join('\n');
    expect(text).toContain(`mpa approve ${it.record.id.slice(0, 12)}`);
    expect(text).toContain('alice asks, and you can approve; 1h left');
    expect(text).toContain('evil\\u{1b}[2J\\u{202e}');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('for scripts: full ids, RFC 3339, the request as everywhere', async () => {
    const it = await standing();
    const [news] = newsBetween(null, { state: it.view.state, now: it.now }, 'bob');
    if (news === undefined) throw new Error('no news');
    expect(newsView(news, it.view, it.now)).toMatchObject({
      type: 'request',
      at: it.record.event.at,
      id: it.record.id,
      actor: 'alice',
      request: { id: it.record.id, state: 'pending' },
    });
  });

  it('of a halt: who, whom and why', async () => {
    const w = await world();
    const home = w.home();
    await write(home, w.bob, { type: 'halt', who: 'alice', reason: 'a\nb' });
    const view = await home.ledger.view();
    const [news] = newsBetween(null, { state: view.state, now: w.clock.now() }, 'carol');
    if (news === undefined) throw new Error('no news');
    expect(newsView(news, view, w.clock.now())).toMatchObject({
      type: 'halt',
      actor: 'bob',
      who: 'alice',
      reason: 'a\nb',
      request: null,
    });
    expect(newsText(news, view, w.clock.now(), plain).split('\n')).toHaveLength(3);
  });
});

it('a terminal that says it has no columns is taken for one of 80', () => {
  const written: string[] = [];
  const asked: number[] = [];
  const screen = { columns: 0, write: (text: string) => written.push(text) };
  liveOn(screen, (columns) => (asked.push(columns), ['one'])).draw();
  expect([asked, written]).toEqual([[80], ['one']]);
});
