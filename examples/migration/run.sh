#!/usr/bin/env bash
# Two people change a database. See README.md.
command -v sqlite3 >/dev/null || { echo 'This example needs the sqlite3 command: apt install sqlite3, brew install sqlite.' >&2; exit 77; }
source "$(dirname "${BASH_SOURCE[0]}")/../people.sh"

say 'A database in use.'
sqlite3 shop.db "CREATE TABLE people (name TEXT); INSERT INTO people VALUES ('Ada'), ('Grace');"
cp "$here/migrations/0002-email.sql" .

sed "s|MIGRATE|$here/migrate|" "$here/policy.yaml" >policy.yaml
two_people databases policy.yaml

pins=(--no-pin --pin "$here/migrate")

say 'Alice asks for one migration. Its file is pinned and sent along; the database changes by itself, and is not.'
as alice mpa request -m 'Sign-in by e-mail needs a column for it' "${pins[@]}" --pin 0002-email.sql -- "$here/migrate" shop.db 0002-email.sql
request=$(newest alice)

say 'Bob reads the file, and signs.'
as bob mpa show "$request"
as bob mpa approve "$request" --yes
as alice mpa exec "$request"
sqlite3 shop.db 'SELECT name, email FROM people;'
[ "$(sqlite3 shop.db 'SELECT email FROM people LIMIT 1;')" = ada@example.org ]

say 'What is not pinned cannot even be asked for.'
refused bad-pins alice mpa request -m 'Edsger joins the shop today' --no-pin -- "$here/migrate" shop.db 0002-email.sql

say 'Another file is approved, and changed afterwards: it is refused, and the line is shown.'
echo "INSERT INTO people (name) VALUES ('Edsger');" >0003-edsger.sql
quietly alice mpa request -m 'Edsger joins the shop today' "${pins[@]}" --pin 0003-edsger.sql -- "$here/migrate" shop.db 0003-edsger.sql
request=$(newest alice)
quietly bob mpa approve "$request" --yes
echo 'DROP TABLE people;' >>0003-edsger.sql
refused mismatch alice mpa exec "$request"
[ "$(sqlite3 shop.db 'SELECT count(*) FROM people;')" = 2 ]

as bob mpa log
as bob mpa audit
