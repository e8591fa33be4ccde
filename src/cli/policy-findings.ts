import { MpaError } from '../core/errors.js';
import { exact, told } from '../core/show.js';
import type { Finding } from '../workflows/policy-check.js';
import { pathText } from '../workflows/policy-file.js';
import type { Paint } from './layout-words.js';
import { rows } from './policy-difference.js';
import type { Kind } from './output.js';

const COLUMNS = 80;
/** Beside the four columns of the indent. */
const WIDE = COLUMNS - 4;

const LEVELS: Readonly<Record<Finding['level'], { readonly word: string; readonly kind: Kind }>> = {
  error: { word: '', kind: 'bad' },
  refuse: { word: 'unwise: ', kind: 'bad' },
  warn: { word: 'note: ', kind: 'warn' },
};

/** `rules[2].approvals (rule prod-db): ` where a place in the policy is meant. */
function where({ path, rule }: Finding): string {
  const named = rule === null ? '' : ` (rule ${exact(rule)})`;
  return path.length === 0 ? '' : `${exact(pathText(path))}${named}: `;
}

/**
 * Each finding as `FILE:LINE:COLUMN: what is wrong`, as compilers say it, with the way out below; in 80 columns, but for long names of files.
 * Everything is escaped.
 */
export function findingLines(file: string, findings: readonly Finding[], paint: Paint): string[] {
  return findings.flatMap((finding) => {
    const { word, kind } = LEVELS[finding.level];
    const place = `${exact(file)}:${finding.line}:${finding.column}: `;
    const message = told(finding.message);
    const plain = `${place}${word}${where(finding)}${message}`;
    const head = `${place}${word === '' ? '' : paint(kind, word)}${where(finding)}`;
    const said =
      plain.length <= COLUMNS
        ? [head + message]
        : [head.trimEnd(), ...rows(message, WIDE).map((row) => `    ${row}`)];
    return [...said, ...rows(told(finding.mend), WIDE).map((row) => `    ${row}`)];
  });
}

/** The findings for scripts. CLI.md, JSON: `path` is the place in the policy, lines and columns are from 1. */
export function findingDocuments(findings: readonly Finding[]): readonly Readonly<Record<string, unknown>>[] {
  return findings.map(({ line, column, path, message, mend, level }) => ({
    line,
    column,
    path: pathText(path),
    message,
    mend,
    level,
  }));
}

/** What the findings come to: null where the policy can be proposed. `anyway`: with --anyway. */
export function verdictOf(
  findings: readonly Finding[],
  anyway: boolean,
): 'invalid-policy' | 'unsafe-policy' | null {
  if (findings.some(({ level }) => level === 'error')) return 'invalid-policy';
  return !anyway && findings.some(({ level }) => level === 'refuse') ? 'unsafe-policy' : null;
}

/** Why a file is not proposed, with each finding that stands in the way. */
export function refusal(file: string, findings: readonly Finding[], anyway: boolean): MpaError | null {
  const code = verdictOf(findings, anyway);
  if (code === null) return null;
  const plain: Paint = (_, text) => text;
  const level = code === 'invalid-policy' ? 'error' : 'refuse';
  const lines = findingLines(
    file,
    findings.filter((finding) => finding.level === level),
    plain,
  );
  const first =
    code === 'invalid-policy'
      ? `${exact(file)} is no policy that can be proposed:`
      : `${exact(file)} would be a valid policy, and an unwise one:`;
  return new MpaError(code, [first, ...lines].join('\n'), {
    hint:
      code === 'invalid-policy'
        ? 'Nothing was proposed. Mend what is listed.'
        : 'Nothing was proposed. Mend what is listed, or give --anyway.',
  });
}
