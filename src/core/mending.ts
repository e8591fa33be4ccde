import { quoted } from './show.js';

/** A private clone, as words about it name it. */
export interface ClonePlace {
  /** Absolute. */
  readonly folder: string;
  /** The command line that makes it anew once it is away. */
  readonly rejoin: string;
}

/** The command line that joins a remote (again), its address without a password; `anchor` null: the person compares it. */
export function joinLine(remote: string, anchor: string | null): string {
  return `mpa join ${quoted([remote])}${anchor === null ? '' : ` --anchor ${anchor}`}`;
}

/** What mends a private clone that is at fault, whatever was done to it. Commands stand on lines of their own. Section 2.5, `damaged`. */
export function mendClone({ folder, rejoin }: ClonePlace): string {
  return (
    'The private copy on this machine is at fault, not the remote. It holds nothing but what was fetched; ' +
    `what was verified and spent is kept elsewhere. Make it anew:\n  rm -r ${quoted([folder])}\n  ${rejoin}`
  );
}

/** What mends a remote that cannot hand over its own branch. Section 2.5, `damaged`; 2.6. */
export const MEND_REMOTE =
  'The private copy on this machine is whole: a repository admin looks at the remote. There, `git fsck --full` names what is damaged; ' +
  'bring it back from a clone that has it, or set the branch back to the last good commit. ' +
  'receive.fsckObjects there refuses commits that break a repository; an object of more than 128 MiB is never fetched.';
