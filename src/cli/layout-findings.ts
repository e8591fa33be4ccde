import { told } from '../core/show.js';
import type { Finding } from '../workflows/findings.js';
import { beside, field, folded, type Paint } from './layout-words.js';
import type { Kind, Output } from './output.js';

const KINDS: Readonly<Record<Finding['level'], Kind>> = { ok: 'good', warn: 'warn', bad: 'bad' };

/** One line, whatever others wrote into it: a reason with line breaks must not forge further findings. Section 9. */
function oneLine(text: string): string {
  return told(text.replaceAll(/\s*\n\s*/g, ' / '));
}

/** What mends it: words are folded; a command, which stands indented on a line of its own, is not, so that it can be pasted. */
function mendRows(mend: string): string[] {
  const rows = mend.split('\n').flatMap((row) => {
    const command = row.startsWith('  ');
    return command ? [`  ${told(row.trim())}`] : folded(told(row), 74);
  });
  return rows.map((row) => `      ${row}`);
}

/** A finding for people: `bad   clock: ...`, and under it what mends it; folded, but for what can be pasted. */
export function findingText({ what, level, detail, mend }: Finding, paint: Output['paint']): string {
  const [first = '', ...more] = folded(`${what}: ${oneLine(detail)}`, 74);
  const rows = [`${paint(KINDS[level], level.padEnd(4))}  ${first}`, ...more.map((row) => `      ${row}`)];
  const mends = mend === null ? [] : mendRows(mend).map((row) => paint('strong', row));
  return [...rows, ...mends].join('\n');
}

/** A finding for scripts. */
export function findingView({ what, level, detail, mend, code }: Finding): Readonly<Record<string, unknown>> {
  return { what, level, detail, mend, code };
}

/** What is halted and what lifts it, as fields that stand first on a screen. */
export function haltNoticeLines(notices: readonly Finding[], paint: Paint): string[] {
  return notices.map(({ detail, mend }) => {
    const lifts = mend === null ? '' : `\n${beside(`lifted by ${oneLine(mend)}`)}`;
    return field(paint('bad', 'HALTED'), `${beside(oneLine(detail))}${lifts}`, 'HALTED'.length);
  });
}
