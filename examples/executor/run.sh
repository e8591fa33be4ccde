#!/usr/bin/env bash
# An executor runs what two people approved. See README.md.
source "$(dirname "${BASH_SOURCE[0]}")/../people.sh"

say 'The executor makes a key of its own; the policy lists it.'
as deploy-1 mpa keygen --name 'Deploy 1' --email deploy-1@example.org --no-passphrase
as deploy-1 mpa key export --out "$work/deploy-1.asc"
sed "s|KEY|$work/deploy-1.asc|" "$here/policy.yaml" >policy.yaml
two_people deployments policy.yaml
anchor=$(quietly alice mpa status --json | field anchor)
as deploy-1 mpa join "$work/ledger.git" --anchor "$anchor" --as deploy-1

say 'Alice asks for a deployment on it: her script and its settings travel with the request.'
mkdir service && cd service
cp "$here/deploy.sh" .
echo 'colour=green' >settings.conf
as alice mpa request -m 'Release 4.2' --executor deploy-1 --pin settings.conf -- ./deploy.sh 4.2
request=$(newest alice)
say 'Bob reads both files, and signs.'
as bob mpa show "$request"
as bob mpa approve "$request" --yes

say 'Alice changes her mind about the settings, alone. It does not matter: the executor has the bytes that Bob read.'
echo 'colour=red' >settings.conf
cd "$work"
refused wrong-runner alice mpa exec "$request"
export CREDENTIAL_OF_THE_CALLER=secret
as deploy-1 mpa exec "$request" | tee output
grep -q 'deploying 4.2 with colour=green' output
grep -q 'CREDENTIAL_OF_THE_CALLER=none' output

say 'Once is once.'
refused used deploy-1 mpa exec "$request"
as bob mpa audit
