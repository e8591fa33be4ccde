#!/usr/bin/env bash
# A team of eight, three groups and an executor, by one policy. See README.md.
source "$(dirname "${BASH_SOURCE[0]}")/../people.sh"

# Program paths of the policy, as they are here.
mkdir bin keys
cp "$here/migrate" bin/migrate
sed "s|/opt/team|$work/bin|" "$here/policy.yaml" >policy.yaml

say 'Everybody makes a key on their own machine, and gives away the public part. The recovery key is made offline.'
for name in Alice Bob Carol Dave Erin Frank Grace Heidi Ivan Deployer Recovery; do
  who=${name,,}
  (
    quietly "$who" mpa keygen --name "$name Example" --email "$who@example.org" --no-passphrase >/dev/null 2>&1
    cp "$who"/keys/*.public.asc "keys/$who.asc"
  ) &
done
wait
ls keys

say 'Is the policy sound? What is wrong is refused; what is only worth a thought is a note.'
as alice mpa policy check policy.yaml

say 'Alice founds the ledger. Even its first policy takes a lead and somebody of security beside her.'
as alice mpa init "$work/ledger.git" --name team --as alice --policy policy.yaml --yes
anchor=$(quietly alice mpa status --json | field anchor)
for who in bob frank carol erin heidi; do
  quietly "$who" mpa join "$work/ledger.git" --anchor "$anchor" --as "$who" >/dev/null 2>&1
done
quietly bob mpa approve "$anchor" --yes >/dev/null 2>&1
as frank mpa approve "$anchor" --yes

say 'Heidi migrates a database. Without its ticket the rule refuses before anything is signed.'
echo 'create index on users (email);' >add-index.sql
refused bad-ticket heidi mpa request -m 'Faster log-in: an index on the address' -- "$work/bin/migrate" prod-users "$work/add-index.sql"
as heidi mpa request -m 'Faster log-in: an index on the address' --ticket OPS-7 -- "$work/bin/migrate" prod-users "$work/add-index.sql"
request=$(newest heidi)
say 'One of sre approves; somebody of security may not.'
refused not-eligible frank mpa approve "$request" --yes
quietly carol mpa approve "$request" --yes >/dev/null 2>&1
as heidi mpa exec "$request"

say 'A deployment runs on the executor, and nowhere else.'
refused bad-executor heidi mpa request -m 'Release 41' --ticket OPS-8 --host prod-1 --program /usr/bin/deploy -- deploy release-41 eu
as heidi mpa request -m 'Release 41' --ticket OPS-8 --executor deployer -- deploy release-41 eu

say 'Access to a production machine takes one of sre and one of security: two people, neither of them Carol.'
as carol mpa request -m 'The database does not answer' --ticket OPS-9 --access ssh/prod-db-1
request=$(newest carol)
quietly erin mpa approve "$request" --yes >/dev/null 2>&1
if as carol mpa verify --access ssh/prod-db-1 --as carol; then exit 1; fi
quietly frank mpa approve "$request" --yes >/dev/null 2>&1
as carol mpa verify --access ssh/prod-db-1 --as carol

say 'Ivan joins the developers: proposed by Heidi, agreed to by a lead and by security. No rule is touched.'
as heidi mpa member add ivan --key keys/ivan.asc --group developers -m 'Ivan starts on Monday'
request=$(newest heidi)
quietly bob mpa approve "$request" --yes >/dev/null 2>&1
quietly frank mpa approve "$request" --yes >/dev/null 2>&1
as bob mpa group list

say 'Could the recovery key save them, if it had to? Nothing is written by asking.'
quietly alice mpa sync >/dev/null 2>&1
as alice mpa doctor --rehearse-recovery "recovery/keys/$(basename recovery/keys/*.secret.asc)"
as bob mpa audit
