import { prose } from '../core/show.js';
import type { Finding } from '../workflows/findings.js';
import type { Kind, Output } from './output.js';

const KINDS: Readonly<Record<Finding['level'], Kind>> = { ok: 'good', warn: 'warn', bad: 'bad' };

/** A finding for people: `bad   clock  ...`, and under it what mends it. */
export function findingText({ what, level, detail, mend }: Finding, paint: Output['paint']): string {
  const head = `${paint(KINDS[level], level.padEnd(4))}  ${what}: ${prose(detail)}`;
  return mend === null ? head : `${head}\n      ${paint('strong', prose(mend))}`;
}

/** A finding for scripts. */
export function findingView({ what, level, detail, mend, code }: Finding): Readonly<Record<string, unknown>> {
  return { what, level, detail, mend, code };
}
