import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { messageOf } from '../../src/core/canonical.js';
import { chainOf } from '../../src/core/chain.js';
import { commitPayload, signedCommit } from '../../src/core/commit.js';
import type { ChainedEvent, GenesisEvent, LedgerEvent } from '../../src/core/events.js';
import type { ObjectFormat, Signer } from '../../src/core/ports.js';
import { formatTime } from '../../src/core/time.js';
import { emptyTree } from '../../src/core/tree.js';

/** Whoever signs a crafted commit, and under which name. */
export interface Hand {
  readonly handle: string;
  readonly name: string;
  readonly email: string;
  readonly signer: Signer;
}

type Own<E> = E extends LedgerEvent ? Omit<E, 'v' | 'ledger' | 'prev' | 'actor' | 'at' | 'nonce'> : never;

/** What an attacker may change of a commit; the rest is as an honest writer makes it. */
export interface Twist {
  /** Fields of the event that replace the honest ones. */
  readonly event?: Readonly<Record<string, unknown>>;
  /** Another commit message than the event's. */
  readonly message?: (message: string) => string;
  readonly tree?: string;
  readonly parent?: string | null;
  readonly name?: string;
  readonly email?: string;
  /** The commit's and signature's time, where the event keeps its own. */
  readonly time?: number;
  /** Another signature than the hand's over the payload. */
  readonly armor?: (armor: string, payload: Uint8Array) => string | Promise<string>;
  /** Last: the finished commit object's bytes. */
  readonly bytes?: (bytes: Uint8Array) => Uint8Array;
}

export interface Crafted {
  /** The commit's object name. */
  readonly commit: string;
  /** The event's id. */
  readonly id: string;
}

/** Writes commits straight into a repository, as someone with full push access can: honest ones and others. */
export interface Forge {
  readonly repository: string;
  readonly format: ObjectFormat;
  /** Id of the genesis; empty before there is one. */
  anchor(): string;
  tip(): string | null;
  /** Sets the branch, back too: what a repository's admin can do. null removes it. */
  set(commit: string | null): void;
  /** Raw bytes of a commit. */
  read(commit: string): Uint8Array;
  /** c() of a commit, hex. */
  chain(commit: string): string;
  /** Stores an object as it is, however broken, and returns its name. */
  store(type: 'commit' | 'tree' | 'blob', bytes: Uint8Array | string): string;
  /** Adds a root with the genesis, or an event of `body` on the tip, at `at` seconds, and moves the branch to it. */
  write(hand: Hand, at: number, body: Own<LedgerEvent>, twist?: Twist): Promise<Crafted>;
}

/** Opens `repository`, a bare one, on `branch`. `anchor`: for a ledger that is there already. */
export function forge(repository: string, anchor: string | null = null, branch = 'refs/heads/mpa'): Forge {
  let genesis = anchor;
  const git = (args: readonly string[], input?: Uint8Array | string): Buffer =>
    execFileSync('git', [`--git-dir=${repository}`, ...args], {
      input,
      maxBuffer: 2 ** 28,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  const word = (...args: readonly string[]): string => git(args).toString().trim();
  const format: ObjectFormat = word('rev-parse', '--show-object-format') === 'sha256' ? 'sha256' : 'sha1';
  const tip = (): string | null => word('for-each-ref', '--format=%(objectname)', branch) || null;
  const set = (commit: string | null): void => {
    if (commit === null) git(['update-ref', '-d', branch]);
    else git(['update-ref', branch, commit]);
  };
  const read = (commit: string): Uint8Array => git(['cat-file', 'commit', commit]);
  const chains = new Map<string, string>();
  const chain = (commit: string): string => {
    let value: string | null = null;
    for (const each of word('rev-list', '--reverse', '--first-parent', commit).split('\n')) {
      value = chains.get(each) ?? chainOf(value, read(each));
      chains.set(each, value);
    }
    return value ?? '';
  };
  const store = (type: 'commit' | 'tree' | 'blob', bytes: Uint8Array | string): string =>
    git(['hash-object', '--literally', '-t', type, '-w', '--stdin'], bytes).toString().trim();

  const write = async (
    hand: Hand,
    at: number,
    body: Own<LedgerEvent>,
    twist: Twist = {},
  ): Promise<Crafted> => {
    const on = tip();
    const common = { v: 1, actor: hand.handle, at: formatTime(at), nonce: randomBytes(16).toString('hex') };
    const chained = on === null ? {} : { ledger: genesis ?? '', prev: chain(on) };
    const event = eventOf({ ...common, ...chained, ...body, ...twist.event });
    const { id, message } = messageOf(event);
    genesis ??= id;
    const tree = twist.tree ?? emptyTree(format);
    if (tree === emptyTree(format)) store('tree', '');
    const time = twist.time ?? at;
    const payload = commitPayload({
      tree,
      parent: twist.parent === undefined ? on : twist.parent,
      name: twist.name ?? hand.name,
      email: twist.email ?? hand.email,
      at: time,
      message: twist.message?.(message) ?? message,
    });
    const honest = await hand.signer.sign(payload, time);
    const armor = (await twist.armor?.(honest, payload)) ?? honest;
    const bytes = signedCommit(payload, armor, format);
    const commit = store('commit', twist.bytes?.(bytes) ?? bytes);
    set(commit);
    return { commit, id };
  };
  return { repository, format, anchor: () => genesis ?? '', tip, set, read, chain, store, write };
}

/** A twisted event is no LedgerEvent any more: that is what the reader must find out. */
function eventOf(fields: Readonly<Record<string, unknown>>): LedgerEvent {
  return fields as unknown as GenesisEvent | ChainedEvent;
}

/** Puts a commit that was signed for another place onto the tip: another parent, its text edited, its signature kept. */
export function graft(on: Forge, bytes: Uint8Array, edit: (text: string) => string): string {
  const text = Buffer.from(bytes).toString('utf8');
  const [head = '', ...body] = text.split('\n\n');
  const headers = head.replace(/^parent .*\n/m, '').replace(/^(tree .*\n)/, `$1parent ${on.tip() ?? ''}\n`);
  const commit = on.store('commit', [headers, edit(body.join('\n\n'))].join('\n\n'));
  on.set(commit);
  return commit;
}
