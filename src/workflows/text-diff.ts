import { decodeUtf8 } from '../core/utf8.js';

/** One line of a unified difference, as it stands in the file: text of others, to be escaped by whoever shows it. */
export interface DiffLine {
  /** `place`: where the next lines stand, such as `@@ -1,3 +1,4 @@`; `note`: what no line of the file says. */
  readonly kind: 'place' | 'same' | 'removed' | 'added' | 'note';
  readonly text: string;
}

const KINDS: Readonly<Record<string, DiffLine['kind']>> = {
  ' ': 'same',
  '-': 'removed',
  '+': 'added',
  '\\': 'note',
};

/** How long two texts may be compared, in milliseconds: two unlike files of a megabyte would take minutes. */
const PATIENCE = 1000;

/** Bytes as text that people can read: strict UTF-8 without NUL; null where they are none. */
export function readable(bytes: Uint8Array): string | null {
  const text = decodeUtf8(bytes);
  return text === null || text.includes('\0') ? null : text;
}

/** A script of one odd byte still is a script: bytes of which at most one in ten is no text. */
const ODD = 0.1;

/** Bytes that are nearly all ASCII text, the others as `\\xHH`; null where too many are something else. A guess, for people. */
export function mostlyText(bytes: Uint8Array): string | null {
  const isText = (byte: number): boolean =>
    byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127);
  let odd = 0;
  for (const byte of bytes) if (!isText(byte)) odd += 1;
  if (odd > bytes.length * ODD) return null;
  return Array.from(bytes, (byte) =>
    isText(byte) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}

/**
 * What has to be done to `before` to make `after` of it: the changed lines with three lines around them, without file names. Empty
 * where both are the same; null where they have so little in common that no difference was found in a second.
 */
export async function textDiff(before: string, after: string): Promise<DiffLine[] | null> {
  const { structuredPatch } = await import('diff');
  const patch = structuredPatch('', '', before, after, undefined, undefined, {
    context: 3,
    timeout: PATIENCE,
  });
  if (patch === undefined) return null;
  return patch.hunks.flatMap((hunk): DiffLine[] => [
    {
      kind: 'place',
      text: `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
    },
    ...hunk.lines.map((line): DiffLine => ({ kind: KINDS[line.charAt(0)] ?? 'same', text: line.slice(1) })),
  ]);
}
