#!/usr/bin/env bash
# Weights leave their store. See README.md.
source "$(dirname "${BASH_SOURCE[0]}")/../people.sh"

say 'A store that only its owner can read.'
cp "$here/release" release
mkdir -m 700 store
mkdir store/small-1 store/frontier-2
head -c 200000 /dev/urandom >store/small-1/model.safetensors
head -c 300000 /dev/urandom >store/frontier-2/model.safetensors
ls -ld store

say 'Alice and Carol do research, Bob looks after safety.'
for name in 'Alice Ames' 'Bob Brown' 'Carol Cole'; do
  who=$(printf %s "${name% *}" | tr '[:upper:]' '[:lower:]')
  quietly "$who" mpa keygen --name "$name" --email "$who@example.org" --no-passphrase >/dev/null
  quietly "$who" mpa key export --out "$who.asc" >/dev/null
done
sed "s|RELEASE|$work/release|" "$here/policy.yaml" >policy.yaml
as alice mpa init "$work/ledger.git" --name weights --as alice --member bob=bob.asc --member carol=carol.asc --policy policy.yaml --yes
anchor=$(quietly alice mpa status --json | field anchor)
for who in bob carol; do
  quietly "$who" mpa join "$work/ledger.git" --anchor "$anchor" >/dev/null
done
say 'The first policy counts once its own clauses for changes are met: here everybody else signs it.'
as bob mpa approve "$anchor" --yes
as carol mpa approve "$anchor" --yes

say 'Alice asks for a small model; Carol is not the one to approve it.'
as alice mpa request -m 'Evaluation by the partner lab, contract 12' -- "$work/release" small-1 "$work/partner"
request=$(newest alice)
refused not-eligible carol mpa approve "$request" --yes
as bob mpa approve "$request" --yes
as alice mpa exec "$request"
cmp store/small-1/model.safetensors partner/small-1/model.safetensors

say 'A frontier model takes both: safety alone is not enough.'
as alice mpa request -m 'Evaluation by the partner lab, contract 13' -- "$work/release" frontier-2 "$work/partner"
request=$(newest alice)
quietly bob mpa approve "$request" --yes
refused pending alice mpa exec --no-wait "$request"
[ ! -e partner/frontier-2 ]
as carol mpa approve "$request" --yes
as alice mpa exec "$request"
cmp store/frontier-2/model.safetensors partner/frontier-2/model.safetensors

say 'The record of the store.'
cat store/released.log
as bob mpa audit
