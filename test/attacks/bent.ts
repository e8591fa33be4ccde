import { createHash, randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../src/core/canonical.js';
import { commitPayload, signedCommit } from '../../src/core/commit.js';
import type { LedgerEvent } from '../../src/core/events.js';
import type { ListedKey } from '../../src/core/policy-document.js';
import { formatTime } from '../../src/core/time.js';
import { emptyTree } from '../../src/core/tree.js';
import { writeArmor } from '../../src/signing/armor.js';
import { signature, sub, type Spec, type TestKey } from '../signing/support/build.js';
import type { Forge } from '../support/craft.js';

/** Somebody whose key a test holds octet by octet. */
export interface Actor {
  readonly handle: string;
  readonly name: string;
  readonly email: string;
  readonly key: TestKey;
  readonly listed: ListedKey;
}

/**
 * What is bent of a commit that is otherwise as an honest writer makes it, in the order in which a commit is made: everything
 * after the bent step is made of what the step gave, so that exactly one thing is wrong.
 */
export interface Bend {
  /** Fields that replace the event's own. */
  readonly event?: Readonly<Record<string, unknown>>;
  /** The event's text; the subject then carries the digits of what came of it. */
  readonly text?: (text: string) => string | Uint8Array;
  readonly subject?: (subject: string) => string;
  /** Everything after the headers. */
  readonly message?: (message: string) => string;
  readonly tree?: string;
  readonly name?: string;
  readonly email?: string;
  /** The commit's own time, and the signature's; the event keeps its own. */
  readonly time?: number;
  /** What is signed and stands in the commit, one character a byte. */
  readonly payload?: (payload: string) => string;
  /** What the signature covers in place of the payload. */
  readonly signs?: (payload: string) => string;
  /** The signature packet. `made`: its creation time. */
  readonly spec?: Partial<Spec> & { readonly made?: number };
  /** What stands in the armor in place of the one packet. */
  readonly packets?: (packet: Uint8Array) => Uint8Array;
  readonly armor?: (armor: string) => string;
  /** The finished commit object, one character a byte. */
  readonly commit?: (commit: string) => string;
  /** Whose key signs, where it is not the actor's. */
  readonly by?: Actor;
}

export interface Written {
  readonly commit: string;
  /** The event's id, as its text gives it. */
  readonly id: string;
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const text1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** The creation time, hashed, as every honest signature carries it. */
export const created = (at: number) => sub(2, at);

/** Writes one event of `actor` at `at` seconds on the tip (the genesis where there is none), bent, and moves the branch. */
export function writeBent(
  forge: Forge,
  actor: Actor,
  at: number,
  body: Readonly<Record<string, unknown>>,
  bend: Bend = {},
): Written {
  const on = forge.tip();
  const { id, message } = messageFor(forge, actor, at, body, bend, on);
  const { format } = forge;
  const tree = bend.tree ?? emptyTree(format);
  if (tree === emptyTree(format)) forge.store('tree', '');
  const time = bend.time ?? at;
  const honest = commitPayload({
    tree,
    parent: on,
    name: bend.name ?? actor.name,
    email: bend.email ?? actor.email,
    at: time,
    message: '',
  });
  const whole = text1(Buffer.concat([honest, message]));
  const payload = bend.payload?.(whole) ?? whole;
  const signed = latin1(bend.signs?.(payload) ?? payload);
  const armor = signatureOf(bend.by ?? actor, time, signed, bend);
  const commit = text1(signedCommit(latin1(payload), armor, format));
  const oid = forge.store('commit', latin1(bend.commit?.(commit) ?? commit));
  setBranch(forge.repository, oid);
  return { commit: oid, id };
}

/** Moves the branch by its file: git would refuse what it cannot read. */
export function setBranch(repository: string, to: string): void {
  const path = join(repository, 'refs', 'heads', 'mpa');
  rmSync(path, { recursive: true, force: true });
  writeFileSync(path, `${to}\n`);
}

function messageFor(
  forge: Forge,
  actor: Actor,
  at: number,
  body: Readonly<Record<string, unknown>>,
  bend: Bend,
  on: string | null,
): { id: string; message: Uint8Array } {
  const chained = on === null ? {} : { ledger: forge.anchor(), prev: forge.chain(on) };
  const nonce = randomBytes(16).toString('hex');
  const fields = {
    v: 1,
    actor: actor.handle,
    at: formatTime(at),
    nonce,
    ...chained,
    ...body,
    ...bend.event,
  };
  const honest = messageOf(asEvent(fields));
  const text = Buffer.from(bend.text?.(honest.text) ?? honest.text);
  const id = createHash('sha256').update(text).digest('hex');
  const [subject = ''] = honest.message.split('\n');
  const right = subject.replace(honest.id.slice(0, 12), id.slice(0, 12));
  const message = Buffer.concat([Buffer.from(`${bend.subject?.(right) ?? right}\n\n`), text]);
  const bent = bend.message?.(message.toString('latin1'));
  return { id, message: bent === undefined ? message : latin1(bent) };
}

function signatureOf(by: Actor, time: number, signed: Uint8Array, { spec, packets, armor }: Bend): string {
  const { made = time, ...more } = spec ?? {};
  const packet = signature({ by: by.key, type: 0x00, object: [signed], hashed: [created(made)], ...more });
  const honest = writeArmor(packets?.(packet) ?? packet, 'SIGNATURE');
  return armor?.(honest) ?? honest;
}

/** A bent event is none any more: that is what the reader must find out. */
function asEvent(fields: Readonly<Record<string, unknown>>): LedgerEvent {
  return fields as unknown as LedgerEvent;
}
