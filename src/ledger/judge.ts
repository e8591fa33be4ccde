import {
  authenticate,
  certificatesIn,
  type Authentic,
  type Evidence,
  type Inert,
  type Place,
  type ToBeJudged,
} from '../core/authentic.js';
import { isPolicyRequest, type LedgerEvent } from '../core/events.js';
import { effectOf } from '../core/fold.js';
import type { CertificateReader, SignatureChecker, Store } from '../core/ports.js';
import type { Effect, LedgerState } from '../core/state.js';

/** Who judges: ports, no verdicts of others. */
export interface Judges {
  readonly store: Pick<Store, 'format' | 'tree'>;
  readonly checker: SignatureChecker;
  readonly certificates: CertificateReader;
}

export type Outcome =
  { readonly ok: true; readonly read: Authentic; readonly effect: Effect } | ({ readonly ok: false } & Inert);

/** What the core is handed beside the bytes. */
export function evidenceOf({ checker, certificates, store }: Judges): Evidence {
  return { checker, certificates, tree: (oid, limit) => store.tree(oid, limit) };
}

/**
 * Reads the certificates of the policy that an approval may put in force: its request may lie below the checkpoint, so
 * that this process never met it, and a certificate that nobody read would list no keys.
 */
async function recall(
  state: LedgerState,
  event: LedgerEvent,
  certificates: CertificateReader,
): Promise<void> {
  const asked = event.type === 'approve' ? state.requests.get(event.request)?.event : undefined;
  if (asked === undefined || !isPolicyRequest(asked)) return;
  for (const armored of new Set(certificatesIn(asked.action.policy))) await certificates.read(armored);
}

/**
 * One commit after the root, judged by the state before it: inert, or authentic with its effect. The state stays as it
 * is. `look` sees an authentic event before its effect is judged, and may throw. Throws `damaged` as `authenticate` does.
 */
export async function judge(
  judges: Judges,
  commit: ToBeJudged,
  place: Place & { readonly state: LedgerState },
  look?: (read: Authentic) => void,
): Promise<Outcome> {
  const judged = await authenticate(commit, place, evidenceOf(judges));
  if (!judged.ok) return judged;
  const { read } = judged;
  look?.(read);
  await recall(place.state, read.event, judges.certificates);
  const effect = effectOf(place.state, read, (armored) => judges.certificates.known(armored));
  return { ok: true, read, effect };
}
