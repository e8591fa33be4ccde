import { objectName, parentsOf } from '../../src/core/commit.js';
import { chainOf } from '../../src/core/chain.js';
import { MpaError } from '../../src/core/errors.js';
import type { ObjectFormat, PushOutcome, Store, StoredCommit, Walk } from '../../src/core/ports.js';
import { LIMITS } from '../../src/core/schema.js';

type Kind = 'commit' | 'tree' | 'blob';
interface Item {
  readonly kind: Kind;
  readonly bytes: Uint8Array;
}

export interface Push {
  readonly from: string | null;
  readonly to: string;
  /** Moves the branch, whatever the pusher is told. */
  readonly land: () => void;
}

/** A remote repository with one branch, in memory. Passes the same suite as a real one: store-suite.ts. */
export interface MemoryRemote {
  readonly format: ObjectFormat;
  readonly objects: Map<string, Item>;
  branch: string | null;
  /** Whether anybody can reach it. */
  down: boolean;
  /** Called before each push is judged: may move the branch first, or answer in the remote's place. */
  onPush: ((push: Push) => PushOutcome | undefined | Promise<PushOutcome | undefined>) | null;
  put(kind: Kind, bytes: Uint8Array): string;
}

export function memoryRemote(format: ObjectFormat = 'sha1'): MemoryRemote {
  const objects = new Map<string, Item>();
  const put = (kind: Kind, bytes: Uint8Array): string => {
    const oid = objectName(kind, bytes, format);
    objects.set(oid, { kind, bytes });
    return oid;
  };
  return { format, objects, branch: null, down: false, onPush: null, put };
}

/** What a store in memory shows of itself beside the port. */
export interface MemoryStore extends Store {
  readonly objects: Map<string, Item>;
  readonly kept: string[];
  setTip(oid: string | null): void;
  /** Called once, when the next fetch has its answer. */
  afterFetch: (() => Promise<void>) | null;
}

/** A clone of `remote`. */
export function memoryStore(remote: MemoryRemote): MemoryStore {
  const { format } = remote;
  const objects = new Map<string, Item>();
  const kept: string[] = [];
  let tip: string | null = null;

  const contact = (): void => {
    if (remote.down) throw new MpaError('remote-unreachable', 'nobody answers');
  };
  const sound = (oid: string, kind: Kind): Uint8Array | null => {
    const item = objects.get(oid);
    return item?.kind === kind && objectName(kind, item.bytes, format) === oid ? item.bytes : null;
  };
  const damaged = (oid: string): MpaError => new MpaError('damaged', `${oid} is absent or wrong`);
  const local = (kind: Kind, bytes: Uint8Array): Promise<string> => {
    const oid = objectName(kind, bytes, format);
    objects.set(oid, { kind, bytes });
    return Promise.resolve(oid);
  };
  const walk = (from: string, stop: string | null): Walk => {
    const oids: string[] = [];
    let merge: string | null = null;
    for (let oid = from; oid !== stop;) {
      const bytes = sound(oid, 'commit');
      if (bytes === null)
        return { ok: false, fault: { kind: 'damaged', oid, detail: 'absent or wrong', mend: 'nothing' } };
      const [parent, ...more] = parentsOf(bytes);
      if (more.length > 0) merge = oid;
      oids.push(oid);
      if (parent !== undefined) oid = parent;
      else if (merge === null) return { ok: true, oids: oids.reverse(), metStop: false };
      else break;
    }
    if (merge !== null) return { ok: false, fault: { kind: 'malformed', oid: merge, detail: 'two parents' } };
    return { ok: true, oids: oids.reverse(), metStop: true };
  };
  async function* commits(oids: readonly string[], chain: string | null): AsyncGenerator<StoredCommit, void> {
    let before = chain;
    for (const oid of oids) {
      const bytes = await Promise.resolve(sound(oid, 'commit'));
      if (bytes === null) throw damaged(oid);
      before = chainOf(before, bytes);
      const small = bytes.length <= LIMITS.commit;
      yield {
        oid,
        size: bytes.length,
        bytes: small ? bytes : null,
        parents: parentsOf(bytes),
        chain: before,
      };
    }
  }
  const land = (to: string): void => {
    for (const [oid, item] of objects) remote.objects.set(oid, item);
    remote.branch = to;
  };
  const push = async (from: string | null, to: string): Promise<PushOutcome> => {
    const answer = await remote.onPush?.({ from, to, land: () => land(to) });
    if (answer !== undefined) return answer;
    if (remote.down) return { kind: 'unknown', words: 'the connection broke' };
    if (remote.branch !== from || from === to) return { kind: 'refused', words: 'failed to update ref' };
    land(to);
    tip = to;
    return { kind: 'moved' };
  };

  const store: MemoryStore = {
    format,
    remote: 'memory',
    repush: (oid) => `push ${oid}`,
    afterFetch: null,
    objects,
    kept,
    setTip(oid) {
      tip = oid;
    },
    tip: () => Promise.resolve(tip),
    async fetch() {
      await Promise.resolve();
      contact();
      for (const [oid, item] of remote.objects) objects.set(oid, item);
      const found = remote.branch;
      if (found !== null) tip = found;
      const after = store.afterFetch;
      store.afterFetch = null;
      await after?.();
      return found;
    },
    async peek() {
      await Promise.resolve();
      contact();
      return remote.branch;
    },
    walk: (from, stop) => Promise.resolve(walk(from, stop)),
    commits,
    async tree(oid, limit) {
      const bytes = await Promise.resolve(sound(oid, 'tree'));
      if (bytes === null) throw damaged(oid);
      return bytes.length > limit ? null : bytes;
    },
    blob(oid, limit) {
      const bytes = sound(oid, 'blob');
      return Promise.resolve(bytes !== null && bytes.length <= limit ? bytes : null);
    },
    writeBlob: (bytes) => local('blob', bytes),
    writeTree: (bytes) => local('tree', bytes),
    writeCommit: (bytes) => local('commit', bytes),
    push,
    keep(oid) {
      kept.push(oid);
      return Promise.resolve();
    },
    tidy: () => Promise.resolve(false),
  };
  return store;
}
