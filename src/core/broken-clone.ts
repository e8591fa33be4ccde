import { quoted } from './show.js';

/** What mends an object that is damaged, whoever damaged it. `folder`: the private clone, absolute. Section 2.5, `damaged`. */
export function brokenCloneHint(folder: string): string {
  return (
    `If others can fetch it, the clone here is broken: rm -r ${quoted([folder])}, and join again (nothing is lost but what was fetched). ` +
    'Else have a repository admin run `git fsck --full` on the remote, set the branch back to the last good commit, and set ' +
    'receive.fsckObjects (an object of more than 128 MiB is never fetched).'
  );
}
