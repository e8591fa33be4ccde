import type * as yamlModule from 'yaml';
import type { Document } from 'yaml';
import type { KeyInfo } from '../core/keys.js';
import type { Policy } from '../core/policy-document.js';
import { formatDuration, formatTime } from '../core/time.js';

/** Keys by handle, primaries and subkeys alike: PolicyRecord.ring. */
type Ring = Readonly<Record<string, readonly KeyInfo[]>>;

/** How a policy is written. */
export interface YamlStyle {
  /** For the comments beside its certificates; absent: no comments, and no fingerprints. */
  readonly ring?: Ring;
  /** `armor`: the file is whole by itself. `fingerprint`: each certificate is its primary key's fingerprint, as nobody edits armor. */
  readonly keys: 'armor' | 'fingerprint';
}

const DURATIONS: readonly unknown[] = ['maxDuration', 'maxPending'];

/** What a terminal shows as it is, and the line breaks of a block. */
const PLAIN = /^[\x20-\x7e\n]*$/;

/** Several lines that the library writes as a block which reads back as the same: blanks before or behind them may be lost. */
const BLOCK = /^\S(?:[^]*\S)?\n?$/;

/** What needs no quotes in a list on one line. */
const BARE = /^[\w./-]+$/;

/** Lists of words no wider than this stand in a line: a rule fits on a screen. */
const WIDE = 60;

function escapeOf(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  const digits = point.toString(16);
  return point > 0xffff ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`;
}

/**
 * A policy as people write it (section 6): YAML that reads back as the same policy, durations as `8h`, in ASCII. Whatever
 * else stands in its texts is a YAML escape, so that nothing hides. yaml is loaded when this is called.
 */
export async function policyYaml(policy: Policy, style: YamlStyle = { keys: 'armor' }): Promise<string> {
  const yaml = await import('yaml');
  const { isScalar } = yaml;
  const document = new yaml.Document(policy, { aliasDuplicateObjects: false });
  yaml.visit(document, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || !isScalar(value) || !DURATIONS.includes(key.value)) return;
      if (typeof value.value === 'number') value.value = formatDuration(value.value);
    },
    Scalar: (_, node) => {
      if (typeof node.value !== 'string') return;
      const block = !node.value.includes('\n') || BLOCK.test(node.value);
      if (!block || !PLAIN.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
    Seq: (_, node) => {
      const words = node.items.filter(isScalar);
      const fits = words.length === node.items.length && JSON.stringify(node).length <= WIDE;
      // The library writes a text of several lines in such a list so that it reads back as something else.
      if (!fits || words.some(({ value }) => typeof value === 'string' && value.includes('\n'))) return;
      node.flow = true;
      for (const word of words)
        if (typeof word.value === 'string' && !BARE.test(word.value)) word.type = 'QUOTE_SINGLE';
    },
  });
  if (style.ring !== undefined) nameKeys(yaml, document, policy, style.ring, style.keys);
  // Only double-quoted texts hold anything else now, and there an escape means what it stands for.
  return document
    .toString({
      lineWidth: 0,
      flowCollectionPadding: false,
      // Broken over lines, a quoted text with a line of one blank reads back with a backslash there.
      doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
    })
    .trimEnd()
    .replaceAll(/[^\x20-\x7e\n]/gu, escapeOf);
}

/** Says beside each certificate whose key it is; with `fingerprint` in its place. */
function nameKeys(
  yaml: typeof yamlModule,
  document: Document,
  policy: Policy,
  ring: Ring,
  keys: YamlStyle['keys'],
): void {
  for (const field of ['members', 'executors'] as const) {
    for (const [handle, party] of Object.entries(policy[field] ?? {})) {
      const list = document.getIn([field, handle, 'keys']);
      const certificates = certificatesIn(ring[handle] ?? []);
      // Where one could not be read, nobody knows which of them: then none is named.
      if (!yaml.isSeq(list) || certificates.length !== party.keys.length) continue;
      list.flow = false;
      list.items.forEach((item, i) => {
        const [primary, ...subkeys] = certificates[i] ?? [];
        if (primary === undefined) return;
        if (keys === 'fingerprint') {
          const named = new yaml.Scalar(primary.fingerprint);
          named.comment = ` ${[keyWords(primary), ...subkeys.map(subkeyWords)].join('; ')}`;
          list.items[i] = named;
        } else if (yaml.isNode(item)) {
          const lines = [`${primary.fingerprint} ${keyWords(primary)}`, ...subkeys.map(subkeyWords)];
          item.commentBefore = lines.map((line) => ` ${line}`).join('\n');
        }
      });
    }
  }
}

/** The keys of a ring by certificate: each begins with its primary. */
function certificatesIn(keys: readonly KeyInfo[]): KeyInfo[][] {
  const certificates: KeyInfo[][] = [];
  for (const key of keys) {
    if (key.primary === null) certificates.push([key]);
    else certificates.at(-1)?.push(key);
  }
  return certificates;
}

function keyWords({ algorithmName, expires, revoked }: KeyInfo): string {
  const until = expires === null ? 'no expiry' : `expires ${formatTime(expires).slice(0, 10)}`;
  return `${algorithmName}, ${until}${revoked ? ', revoked' : ''}`;
}

function subkeyWords(key: KeyInfo): string {
  return `subkey ${key.fingerprint} ${keyWords(key)}`;
}
