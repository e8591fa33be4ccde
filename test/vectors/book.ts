import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src/core/canonical.js';
import { chainOf } from '../../src/core/chain.js';
import { commitPayload, objectName, signedCommit } from '../../src/core/commit.js';
import type { LedgerEvent } from '../../src/core/events.js';
import type { ListedKey } from '../../src/core/policy-document.js';
import type { ObjectFormat, Signer } from '../../src/core/ports.js';
import { formatTime } from '../../src/core/time.js';
import { attachmentsTree, emptyTree, rootTree } from '../../src/core/tree.js';
import { openKeystore } from '../../src/signing/keystore.js';
import type { CommitVector, ObjectVector } from './shapes.js';

/** The people of the vectors; their keys stand in keys.json, secret parts too, for whoever wants to sign more. */
export type Handle = 'alice' | 'bob' | 'carol' | 'ci' | 'mallory' | 'erin';

type Keys = Readonly<
  Record<Handle, { readonly name: string; readonly email: string; readonly secret: string }>
>;

export interface Hand {
  readonly handle: Handle;
  readonly name: string;
  readonly email: string;
  readonly key: ListedKey;
  readonly fingerprint: string;
  readonly signer: Signer;
}

/** Everybody, with their keys opened. */
export async function everybody(): Promise<Readonly<Record<Handle, Hand>>> {
  const keys = JSON.parse(readFileSync('test/vectors/keys.json', 'utf8')) as Keys;
  const folder = mkdtempSync(join(tmpdir(), 'mpa-vectors-'));
  const noPassphrase = (): Promise<string> => Promise.reject(new Error('these keys have no passphrase'));
  try {
    const store = openKeystore(folder);
    const hand = async (handle: Handle): Promise<Hand> => {
      const { name, email, secret } = keys[handle];
      const { fingerprint } = await store.importKey(Buffer.from(secret), noPassphrase);
      const key = { type: 'openpgp', public: await store.exportPublic(fingerprint) } as const;
      const signer = await store.signer(fingerprint, noPassphrase);
      await signer.sign(Buffer.from('opens the key before its folder is removed'), 1_767_225_600);
      return { handle, name, email, key, fingerprint, signer };
    };
    return {
      alice: await hand('alice'),
      bob: await hand('bob'),
      carol: await hand('carol'),
      ci: await hand('ci'),
      mallory: await hand('mallory'),
      erin: await hand('erin'),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export type Body = LedgerEvent extends infer E ? (E extends LedgerEvent ? Omit<E, Common> : never) : never;
type Common = 'v' | 'ledger' | 'prev' | 'actor' | 'at' | 'nonce';

/** What differs from an honest commit. */
export interface Odd {
  readonly event?: Readonly<Record<string, unknown>>;
  readonly message?: (message: string) => string;
  readonly payload?: (payload: string) => string;
  readonly bytes?: (commit: string) => string;
  readonly identity?: { readonly name: string; readonly email: string };
  readonly signed?: number;
  readonly unsigned?: true;
  /** What is signed in place of the payload. */
  readonly signs?: (payload: string) => string;
  readonly parents?: readonly string[];
  readonly attachments?: readonly string[];
}

export type Expected = Pick<CommitVector, 'expect' | 'reason'>;
export const COUNTS: Expected = { expect: 'effect', reason: null };
export const voided = (reason: string): Expected => ({ expect: 'void', reason });
export const inert = (reason: string): Expected => ({ expect: 'inert', reason });

/** A ledger being written, commit by commit, with what a reader must make of each. Nonces count up from 1. */
export class Book {
  readonly format: ObjectFormat;
  readonly commits: CommitVector[] = [];
  readonly objects: ObjectVector[] = [];
  anchor = '';

  constructor(format: ObjectFormat) {
    this.format = format;
    this.#keep('tree', Buffer.alloc(0));
  }

  get tip(): CommitVector | undefined {
    return this.commits.at(-1);
  }

  #keep(type: 'tree' | 'blob', bytes: Uint8Array): string {
    const oid = objectName(type, bytes, this.format);
    if (!this.objects.some((object) => object.oid === oid)) {
      this.objects.push({ oid, type, raw: Buffer.from(bytes).toString('base64') });
    }
    return oid;
  }

  #tree(attachments: readonly string[]): string {
    if (attachments.length === 0) return emptyTree(this.format);
    const entries = attachments.map((text) => {
      const sha256 = createHash('sha256').update(text).digest('hex');
      return { sha256, oid: this.#keep('blob', Buffer.from(text)) };
    });
    return this.#keep('tree', rootTree(this.#keep('tree', attachmentsTree(entries))));
  }

  /** Adds one commit of `by` at `at` seconds; the event's id. */
  async add(title: string, by: Hand, at: number, body: Body, then: Expected, odd: Odd = {}): Promise<string> {
    const parent = this.tip ?? null;
    const fields = {
      v: 1,
      actor: by.handle,
      at: formatTime(at),
      nonce: (this.commits.length + 1).toString(16).padStart(32, '0'),
      ...(parent === null ? {} : { ledger: this.anchor, prev: parent.chain }),
      ...body,
      ...odd.event,
    };
    // An odd event may be none: that is what a reader has to find out.
    const { id, message } = messageOf(fields as unknown as LedgerEvent);
    const honest = Buffer.from(
      commitPayload({
        tree: this.#tree(odd.attachments ?? []),
        parent: parent?.oid ?? null,
        ...(odd.identity ?? { name: by.name, email: by.email }),
        at,
        message: odd.message?.(message) ?? message,
      }),
    ).toString('utf8');
    const payload = Buffer.from(odd.payload?.(honest) ?? honest);
    const armor = await by.signer.sign(Buffer.from(odd.signs?.(honest) ?? payload), odd.signed ?? at);
    const signed = odd.unsigned === true ? payload : signedCommit(payload, armor, this.format);
    const bytes =
      odd.bytes === undefined ? signed : Buffer.from(odd.bytes(Buffer.from(signed).toString('utf8')));
    this.commits.push({
      title,
      oid: objectName('commit', bytes, this.format),
      chain: chainOf(parent?.chain ?? null, bytes),
      id: then.expect === 'inert' ? null : id,
      ...then,
      raw: Buffer.from(bytes).toString('base64'),
    });
    if (parent === null) this.anchor = id;
    return id;
  }
}
