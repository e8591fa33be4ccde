import type { Policy } from '../core/policy-document.js';
import { formatDuration } from '../core/time.js';

const DURATIONS: readonly unknown[] = ['maxDuration', 'maxPending'];

/** What a terminal shows as it is, and the line breaks of a block. */
const PLAIN = /^[\x20-\x7e\n]*$/;

function escapeOf(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  const digits = point.toString(16);
  return point > 0xffff ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`;
}

/**
 * A policy as people write it (section 6): YAML that reads back as the same policy, durations as `8h`, in ASCII. Whatever
 * else stands in its texts is a YAML escape, so that nothing hides. yaml is loaded when this is called.
 */
export async function policyYaml(policy: Policy): Promise<string> {
  const { Document, visit, isScalar } = await import('yaml');
  const document = new Document(policy);
  visit(document, {
    Pair: (_, pair) => {
      const { key, value } = pair;
      if (!isScalar(key) || !isScalar(value) || !DURATIONS.includes(key.value)) return;
      if (typeof value.value === 'number') value.value = formatDuration(value.value);
    },
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && !PLAIN.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  // Only double-quoted texts hold anything else now, and there an escape means what it stands for.
  return document
    .toString({ lineWidth: 0 })
    .trimEnd()
    .replaceAll(/[^\x20-\x7e\n]/gu, escapeOf);
}
