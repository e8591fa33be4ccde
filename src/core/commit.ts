import { hash } from 'node:crypto';
import type { ObjectFormat } from './ports.js';
import { LIMITS } from './schema-limits.js';
import { decodeUtf8 } from './utf8.js';

/** A commit of the grammar of section 3, taken apart. */
export interface CommitParts {
  readonly tree: string;
  /** null: the root. */
  readonly parent: string | null;
  /** `Name <email>`, of author and committer alike. */
  readonly identity: string;
  /** Seconds since 1970. */
  readonly time: number;
  /** The signature header's value, its lines joined by newlines, none at the end. Printable ASCII. */
  readonly armor: string;
  /** The commit object without its signature header: what is signed. */
  readonly payload: Uint8Array;
  /** Everything after the empty line that ends the headers. */
  readonly message: Uint8Array;
}

/** What `readCommit` says of an object's bytes. */
export type CommitReading =
  | { readonly ok: true; readonly parts: CommitParts }
  | { readonly ok: false; readonly reason: 'too-large' | 'bad-headers'; readonly detail: string };

const NEWLINE = 0x0a;
const OID = { sha1: '[0-9a-f]{40}', sha256: '[0-9a-f]{64}' } as const;
const SIGNATURE = { sha1: 'gpgsig', sha256: 'gpgsig-sha256' } as const;

// One character stands for one byte (latin1), so that nothing is lost. [^\n], not a dot: a dot skips carriage returns.
const GRAMMAR = { sha1: grammar('sha1'), sha256: grammar('sha256') } as const;

function grammar(format: ObjectFormat): RegExp {
  const oid = OID[format];
  return new RegExp(
    `^tree (?<tree>${oid})\\n` +
      `(?:parent (?<parent>${oid})\\n)?` +
      `author (?<who>(?<identity>[^\\n\\0<>]+ <[^\\n\\0<>]+>) (?<time>0|[1-9][0-9]{0,11}) \\+0000)\\n` +
      `committer \\k<who>\\n` +
      `${SIGNATURE[format]} (?<signature>[ -~]*(?:\\n [ -~]*)*)$`,
  );
}

/**
 * Reads a commit object's raw bytes by the grammar of section 3: `tree`, `parent` (absent in a root), `author`, `committer` of
 * the same bytes, one signature header of this repository's format, in this order and no others. Works on bytes: whatever is not
 * exactly of this form is `bad-headers`, and `too-large` beyond the limit of section 10; the detail is for people.
 */
export function readCommit(bytes: Uint8Array, format: ObjectFormat): CommitReading {
  if (bytes.length > LIMITS.commit) return refused('too-large', `more than ${LIMITS.commit} bytes`);
  const end = headersEnd(bytes);
  if (end < 0) return refused('bad-headers', 'no empty line ends the headers');
  const headers = latin1(bytes.subarray(0, end));
  const found = GRAMMAR[format].exec(headers)?.groups;
  if (found === undefined)
    return refused('bad-headers', 'not exactly the headers of an event, in their order');
  const { tree = '', parent, identity: raw = '', time = '', signature = '' } = found;
  const identity = decodeUtf8(Buffer.from(raw, 'latin1'));
  if (identity === null) return refused('bad-headers', 'the author is not UTF-8');
  const cut = end - signature.length - SIGNATURE[format].length - 1;
  return {
    ok: true,
    parts: {
      tree,
      parent: parent ?? null,
      identity,
      time: Number(time),
      armor: signature.replaceAll('\n ', '\n'),
      // What git signs: the object without the header and its newline.
      payload: Buffer.concat([bytes.subarray(0, cut), bytes.subarray(end + 1)]),
      message: bytes.subarray(end + 2),
    },
  };
}

/**
 * A commit's parents as section 2.1 has them: the `parent` lines directly after a first line `tree`, each ended by a newline.
 * Reads any prefix of the object that is long enough to hold them. A line that names no object ends the list.
 */
export function parentsOf(bytes: Uint8Array): string[] {
  const parents: string[] = [];
  if (latin1(bytes.subarray(0, 5)) !== 'tree ') return parents;
  let from = bytes.indexOf(NEWLINE) + 1;
  while (from > 0) {
    const next = bytes.indexOf(NEWLINE, from) + 1;
    // Upper case too: git takes it, and what is no more than inert must not look like a second root.
    const line = /^parent ([0-9a-f]{40}|[0-9a-f]{64})\n$/i.exec(
      latin1(bytes.subarray(from, Math.max(next, from))),
    );
    if (line?.[1] === undefined) break;
    parents.push(line[1].toLowerCase());
    from = next;
  }
  return parents;
}

/**
 * The unsigned commit object of an event: what a signer signs. `at` is in seconds; `name` and `email` are those that the policy
 * gives the actor; `message` is `messageOf`'s. Section 3.
 */
export function commitPayload(input: {
  readonly tree: string;
  readonly parent: string | null;
  readonly name: string;
  readonly email: string;
  readonly at: number;
  readonly message: string;
}): Uint8Array {
  const who = `${input.name} <${input.email}> ${input.at} +0000`;
  const parent = input.parent === null ? '' : `parent ${input.parent}\n`;
  return Buffer.from(
    `tree ${input.tree}\n${parent}author ${who}\ncommitter ${who}\n\n${input.message}`,
    'utf8',
  );
}

/**
 * Puts an armored signature (with or without its final newline) into an unsigned commit object, as its last header. Nothing is
 * judged here: the writer reads the outcome as any reader would (section 8.1).
 */
export function signedCommit(payload: Uint8Array, armor: string, format: ObjectFormat): Uint8Array {
  const end = headersEnd(payload) + 1;
  const value = armor.replace(/\n$/, '').replaceAll('\n', '\n ');
  return Buffer.concat([
    payload.subarray(0, end),
    Buffer.from(`${SIGNATURE[format]} ${value}\n`, 'utf8'),
    payload.subarray(end),
  ]);
}

/** The name that git gives an object of these bytes: the hash of its type, its size and them, in lower-case hex. */
export function objectName(
  type: 'commit' | 'tree' | 'blob',
  bytes: Uint8Array,
  format: ObjectFormat,
): string {
  return hash(format, Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes]), 'hex');
}

function refused(reason: 'too-large' | 'bad-headers', detail: string): CommitReading {
  return { ok: false, reason, detail };
}

/** Where the newline of the last header stands: the first of two newlines in a row. -1: nowhere. */
function headersEnd(bytes: Uint8Array): number {
  return view(bytes).indexOf('\n\n', 0, 'latin1');
}

function latin1(bytes: Uint8Array): string {
  return view(bytes).toString('latin1');
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
