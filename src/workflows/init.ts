import { MpaError } from '../core/errors.js';
import type { Member, Policy } from '../core/policy-document.js';
import type { Signer } from '../core/ports.js';
import { createGenesis } from '../ledger/genesis.js';
import type { View } from '../ledger/ledger.js';
import { fingerprintOf, joinedMembers, memberOf, type Card } from './founders.js';
import type { NewClone, Tools } from './place.js';
import { judged, type Written } from './policy-file.js';
import { completed, RECOVERY } from './standard-policy.js';

/** What a founder says. CLI.md, `mpa init`. */
export interface Founding {
  /** The founder's handle and certificate. */
  readonly as: string;
  readonly founder: Card;
  /** Everyone else by handle, from --member. */
  readonly members: ReadonlyMap<string, Card>;
  /** The policy file, its certificates read; null: none. */
  readonly file: Written | null;
  readonly recovery: Card | null;
}

/** The first policy. Pure but for reading certificates. Errors: `usage`, `invalid-policy` with each problem. */
export async function firstPolicy(founding: Founding, tools: Pick<Tools, 'certificates'>): Promise<Policy> {
  const { as, founder, file, recovery } = founding;
  const flagged = new Map<string, Member>();
  for (const [handle, card] of founding.members) flagged.set(handle, memberOf(card));
  const inFile = joinedMembers(file, new Map());
  if (!Object.hasOwn(inFile, as)) flagged.set(as, memberOf(founder));
  const people = joinedMembers(file, flagged);
  const founders = Object.keys(people);
  if (recovery !== null && founders.includes(RECOVERY)) {
    throw new MpaError(
      'usage',
      'A member is called `recovery` already: --recovery-key adds one of that name.',
    );
  }
  const members = recovery === null ? people : { ...people, [RECOVERY]: memberOf(recovery) };
  const policy = await judged(
    { ...completed(file, founders, recovery !== null), members },
    tools.certificates,
  );
  if (!policy.members[as]?.keys.some((key) => key.public === founder.armored)) {
    throw new MpaError(
      'usage',
      `The policy file lists other keys for ${as} than the one in use, ${fingerprintOf(founder)}.`,
      {
        hint: `Leave ${as} away in the file, or choose the key: mpa key use FINGERPRINT`,
      },
    );
  }
  return policy;
}

/**
 * Writes the genesis to a branch that must not be there, verifies it as any reader would, and pins it. Errors: those of
 * createGenesis and NewClone.keep. Where nothing was pushed, nothing is kept.
 */
export async function init(
  clone: NewClone,
  genesis: { readonly name: string; readonly founder: string; readonly policy: Policy },
  signer: Signer,
  tools: Tools,
): Promise<View> {
  const view = await createGenesis({ ...tools, ...genesis, store: clone.store, signer });
  await clone.keep(view);
  return view;
}
