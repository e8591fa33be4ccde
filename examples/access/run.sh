#!/usr/bin/env bash
# Access to a server for an hour. See README.md.
source "$(dirname "${BASH_SOURCE[0]}")/../people.sh"
export MPA_COMMAND="node $mpa"

# shut HANDLE RESOURCE: insists that the door stays shut.
shut() {
  if as server "$here/gate" "$@"; then
    echo 'the door should have stayed shut' >&2
    exit 1
  fi
}

two_people servers "$here/policy.yaml"
say 'The server has joined as a reader: it holds no key.'
anchor=$(quietly alice mpa status --json | field anchor)
as server mpa join "$work/ledger.git" --anchor "$anchor"

say 'Nobody has asked yet, so the door stays shut.'
shut alice ssh/prod-1

say 'Alice asks for an hour; Bob agrees to ten minutes.'
as alice mpa request --access ssh/prod-1 --for 1h -m 'The disk of prod-1 is full'
request=$(newest alice)
shut alice ssh/prod-1
as bob mpa approve "$request" --for 10m --yes

say 'Now it opens, for Alice and this server only.'
[ "$(as server "$here/gate" alice ssh/prod-1 | tail -1)" = alice ]
shut bob ssh/prod-1
shut alice ssh/prod-2

say 'What Alice does under it is recorded as a session, as often as she likes.'
as alice mpa exec --access ssh/prod-1 -- sh -c 'echo on the server'
status=0
as alice mpa exec --access ssh/prod-1 -- sh -c 'exit 3' || status=$?
[ "$status" -eq 3 ]
refused unknown-request alice mpa exec --access ssh/prod-2 -- true

say 'Bob closes it early.'
as bob mpa revoke "$request" -m 'The disk is fine again'
shut alice ssh/prod-1
refused revoked alice mpa exec --access ssh/prod-1 -- true
as bob mpa log "$request"
as bob mpa audit
