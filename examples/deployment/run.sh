#!/usr/bin/env bash
# Two people deploy a release. See README.md.
source "$(dirname "${BASH_SOURCE[0]}")/../people.sh"

say 'A service with two releases; the first is in service. The third is broken.'
service=$work/service
for release in release-1 release-2 release-3; do
  mkdir -p "$service/releases/$release"
  printf '#!/bin/sh\nexit 0\n' >"$service/releases/$release/check"
  chmod 755 "$service/releases/$release/check"
done
printf '#!/bin/sh\nexit 1\n' >"$service/releases/release-3/check"
ln -s releases/release-1 "$service/current"
ls "$service/releases"

sed "s|DEPLOY|$here/deploy|" "$here/policy.yaml" >policy.yaml
two_people deployments policy.yaml

say 'Alice asks to deploy release 2.'
as alice mpa request -m 'Release 2: fixes the login page' --ticket OPS-17 -- "$here/deploy" "$service" release-2
request=$(newest alice)
say 'Bob reads what would run, and signs.'
as bob mpa show "$request"
as bob mpa approve "$request" --yes
as alice mpa exec "$request"
[ "$(readlink "$service/current")" = releases/release-2 ]

say 'What the policy does not name cannot even be asked for.'
refused no-rule alice mpa request -m 'Clean up' -- rm -rf "$service/releases/release-1"

say 'A release that fails its own check goes back by itself, and the ledger says how it ended.'
quietly alice mpa request -m 'Release 3: new search' --ticket OPS-18 -- "$here/deploy" "$service" release-3
request=$(newest alice)
quietly bob mpa approve "$request" --yes
status=0
as alice mpa exec "$request" || status=$?
[ "$status" -eq 4 ]
[ "$(readlink "$service/current")" = releases/release-2 ]
as bob mpa log "$request"
as bob mpa audit
