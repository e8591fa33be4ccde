#!/usr/bin/env bash
# The whole story in under a minute: two people, one ledger, one guarded command. `npm run demo`.
source "$(dirname "${BASH_SOURCE[0]}")/../people.sh"

say 'Alice and Bob each make a signing key. (Without --no-passphrase it is encrypted, and mpa asks for the passphrase.)'
as alice mpa keygen --name 'Alice Ames' --email alice@example.org --no-passphrase
as bob mpa keygen --name 'Bob Brown' --email bob@example.org --no-passphrase
as bob mpa key export --out bob.asc

say 'Alice founds a ledger in an empty repository: any git remote will do, here a folder.'
as alice mpa init "$work/ledger.git" --name production --as alice --member bob=bob.asc --yes
anchor=$(quietly alice mpa status --json | field anchor)

say 'One signature founds nothing. Bob verifies it, pins its anchor and signs it too.'
as bob mpa join "$work/ledger.git" --anchor "$anchor"
as bob mpa approve "$anchor" --yes

say 'Alice asks for one command, with a reason.'
as alice mpa request -m 'Rotate the API token: the old one was pasted into a chat' -- echo 'token rotated'
request=$(newest alice)

say 'Nobody has approved it, so it does not run ...'
refused pending alice mpa exec --no-wait "$request"
say '... and Alice cannot approve it herself.'
refused self-approval alice mpa approve "$request" --yes

say 'Bob sees exactly what would run, and signs exactly that.'
as bob mpa inbox
as bob mpa show "$request"
as bob mpa approve "$request" --comment 'Seen the chat. Go ahead.' --yes

say 'Now it runs, as if typed directly: the claim is in the ledger before the command starts.'
as alice mpa exec "$request"

say 'One approval, one use.'
refused used alice mpa exec "$request"

say 'Anyone can verify all of it from the first commit on.'
as bob mpa audit

say 'And nobody needs mpa for that: these are signed git commits. Stock git reads them ...'
as bob git --git-dir="$work/ledger.git" log --reverse --format='%h  %an  %s' mpa

say '... and stock git verifies them with GnuPG.'
export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
quietly alice mpa key export >"$work/alice.asc"
shown bob gpg --import alice.asc bob.asc
gpg --batch --quiet --import "$work/alice.asc" "$work/bob.asc"
printf '%sbob$ %s%s\n' "$bold" 'git rev-list mpa | xargs -n 1 git verify-commit' "$plain"
good=0
for commit in $(git --git-dir="$work/ledger.git" rev-list mpa); do
  git --git-dir="$work/ledger.git" verify-commit --raw "$commit" 2>"$work/verdict" || { cat "$work/verdict"; exit 1; }
  grep -q 'GOODSIG' "$work/verdict"
  good=$((good + 1))
done
echo "$good commits, $good good signatures"
gpgconf --kill all 2>/dev/null || true

say "Done. That was $SECONDS seconds; the temporary folder is removed."
