#!/usr/bin/env bash
# Two people change a database. See README.md.
command -v sqlite3 >/dev/null || { echo 'This example needs the sqlite3 command: apt install sqlite3, brew install sqlite.' >&2; exit 77; }
source "$(dirname "${BASH_SOURCE[0]}")/../people.sh"

say 'A database in use.'
sqlite3 shop.db "CREATE TABLE people (name TEXT); INSERT INTO people VALUES ('Ada'), ('Grace');"
cp "$here/migrations/0002-email.sql" .

sed "s|MIGRATE|$here/migrate|" "$here/policy.yaml" >policy.yaml
two_people databases policy.yaml

digest() { node -p '"sha256:" + require("node:crypto").createHash("sha256").update(require("node:fs").readFileSync(process.argv[1])).digest("hex")' "$1"; }

say 'Alice asks for one migration; the digest of its file is one of the arguments.'
as alice mpa request -m 'Sign-in by e-mail needs a column for it' -- "$here/migrate" shop.db 0002-email.sql "$(digest 0002-email.sql)"
request=$(newest alice)

say 'Bob reads the file, sees that its digest is the one in the request, and signs.'
cat 0002-email.sql
as bob mpa approve "$request" --yes
as alice mpa exec "$request"
sqlite3 shop.db 'SELECT name, email FROM people;'
[ "$(sqlite3 shop.db 'SELECT email FROM people LIMIT 1;')" = ada@example.org ]

say 'Another file is approved, and changed afterwards.'
echo "INSERT INTO people (name) VALUES ('Edsger');" >0003-edsger.sql
quietly alice mpa request -m 'Edsger joins the shop today' -- "$here/migrate" shop.db 0003-edsger.sql "$(digest 0003-edsger.sql)"
request=$(newest alice)
quietly bob mpa approve "$request" --yes
echo 'DROP TABLE people;' >>0003-edsger.sql
status=0
as alice mpa exec "$request" || status=$?
[ "$status" -eq 3 ]
[ "$(sqlite3 shop.db 'SELECT count(*) FROM people;')" = 2 ]

as bob mpa log
as bob mpa audit
