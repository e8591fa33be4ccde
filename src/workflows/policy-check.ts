import { inForce } from '../core/counting.js';
import type { PolicyProblem } from '../core/policy.js';
import type { Policy } from '../core/policy-document.js';
import type { CertificateReader } from '../core/ports.js';
import { parsePolicy } from '../core/schema.js';
import type { LedgerState } from '../core/state.js';
import { withCards, type ReadCard, type UnreadKey } from './founders.js';
import { isField, mendFor } from './policy-fields.js';
import type { Path, Place } from './policy-places.js';
import { problemsOf, readKeys, recordOf } from './policy-problems.js';
import { isRecord, readSource, type Source, type Written } from './policy-source.js';
import { remarksFor } from './propose-policy.js';

/**
 * Something that is wrong with a policy file, and where. `error`: nobody can propose it so; `refuse`: only with --anyway; `warn`: said, no
 * more. `rule`: the name of the rule that it is about. `mend`: a sentence, what the writer can do. Texts are as they stand in the file: hostile.
 */
export interface Finding extends Place {
  readonly level: 'error' | 'refuse' | 'warn';
  readonly path: Path;
  readonly rule: string | null;
  readonly message: string;
  readonly mend: string;
}

/** A policy file, judged. */
export interface Checked {
  /** In the order of their places. */
  readonly findings: readonly Finding[];
  /** null: there are errors. */
  readonly policy: Policy | null;
  /** The policy that the file says it was made from. */
  readonly base: string | null;
}

/** What a file is judged with. */
export interface Bench {
  readonly certificates: CertificateReader;
  readonly read: ReadCard;
  /** Seconds. */
  readonly now: number;
  /** The ledger whose policy it would replace; null: none is joined. */
  readonly state: LedgerState | null;
}

/**
 * All that is wrong with the text of a policy file, each at its place: YAML, form, keys, validity (section 6), what a change of the policy in force
 * must keep, its tests, and what is valid and not wise. Certificates are read. Throws nothing that the file can cause.
 */
export async function checkPolicy(text: string, bench: Bench): Promise<Checked> {
  const source = await readSource(text);
  const { written, base } = source;
  if (written === null) {
    const findings = source.faults.map((fault) => ({
      ...fault,
      level: 'error' as const,
      path: [],
      rule: null,
    }));
    return { findings, policy: null, base };
  }
  const { policy, findings } = await judge(written, source, bench);
  const ordered = [...findings].sort((a, b) => a.line - b.line || a.column - b.column);
  return { findings: ordered, policy: findings.some(({ level }) => level === 'error') ? null : policy, base };
}

async function judge(
  written: Written,
  source: Source,
  bench: Bench,
): Promise<{ policy: Policy | null; findings: readonly Finding[] }> {
  const unread: UnreadKey[] = [];
  const parsed = parsePolicy(await withCards(written, bench.read, (key) => unread.push(key)));
  const found = finder(written, source);
  const keys = unread.map(({ path, error }) =>
    found('error', { path, message: sentenceless(error.message), mend: error.hint ?? KEY_MEND }),
  );
  if (!parsed.ok) {
    const form = parsed.problems.map(({ path, message }) =>
      found('error', { path, message: `${message}${instead(written, path)}`, mend: mendFor(path) }),
    );
    return { policy: null, findings: [...keys, ...form] };
  }
  const { policy } = parsed;
  await readKeys(policy, bench.certificates);
  const problems = problemsOf(policy, bench.certificates, bench.state).filter(
    ({ path }) => !unread.some((key) => isAt(path, key.path)),
  );
  const errors = [...keys, ...problems.map((problem) => found('error', problem))];
  return {
    policy,
    findings: [...errors, ...(errors.length > 0 ? [] : unwise(policy, source, bench, found))],
  };
}

const KEY_MEND = 'Give the path of an exported public key: `mpa key export --out FILE` writes one.';

type Find = (level: Finding['level'], problem: PolicyProblem) => Finding;

function unwise(policy: Policy, { base }: Source, bench: Bench, found: Find): Finding[] {
  const current = bench.state === null ? null : inForce(bench.state);
  const remarks = remarksFor(recordOf(policy, bench.certificates), current, bench.now);
  const findings = remarks.map(({ level, ...remark }) => found(level, remark));
  if (base === null || current === null || base === current.id) return findings;
  const stale: Finding = {
    line: 1,
    column: 1,
    level: 'warn',
    path: [],
    rule: null,
    message: `it was made from policy ${base.slice(0, 12)}, and ${current.id.slice(0, 12)} is in force now`,
    mend: 'Merge it with the policy in force: mpa policy rebase FILE',
  };
  return [stale, ...findings];
}

/** Whether a problem is about the key at `place`, where nothing else than that it could not be read is worth saying. */
function isAt(path: Path, place: Path): boolean {
  const key = place.at(-1) === 'key' ? [...place.slice(0, -1), 'keys', 0] : place;
  return key.every((part, i) => path[i] === part);
}

function finder(written: Written, source: Source): Find {
  return (level, { path, message, mend }) => {
    const { rules } = written;
    const rule: unknown =
      path[0] === 'rules' && typeof path[1] === 'number' && Array.isArray(rules) ? rules[path[1]] : null;
    const name = isRecord(rule) && typeof rule['name'] === 'string' ? rule['name'] : null;
    return {
      ...source.place(asWritten(written, path)),
      level,
      path,
      rule: name,
      message,
      mend: mend ?? (mendFor(path) || 'Section 6 of docs/protocol.md describes a policy.'),
    };
  };
}

/** `key: FILE` is written for `keys: [FILE]`. */
function asWritten(written: Written, path: Path): Path {
  const [field = '', handle = '', keys] = path;
  const record = written[String(field)];
  const entry = isRecord(record) && Object.hasOwn(record, String(handle)) ? record[String(handle)] : null;
  return keys === 'keys' && isRecord(entry) && Object.hasOwn(entry, 'key') ? [field, handle, 'key'] : path;
}

function valueAt(written: Written, path: Path): unknown {
  let value: unknown = written;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** What stands there in place of what the form wants, where that is a word or a number. */
function instead(written: Written, path: Path): string {
  if (!isField(path)) return '';
  const value = valueAt(written, path);
  if (value === null) return ', and there is nothing';
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return '';
  const text = String(value);
  return `, and it is ${text.length > 60 ? `${text.slice(0, 60)}...` : text}`;
}

/** A message without its full stop, as the others are. */
function sentenceless(message: string): string {
  return message.replace(/\.$/, '');
}
