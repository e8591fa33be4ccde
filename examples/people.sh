# Sourced by the scripts beside it: two people with homes of their own, in one temporary folder that is removed at the
# end. On two machines each would leave MPA_HOME alone and type `mpa`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/mpa-example-XXXXXX")
trap 'chmod -R u+rwX "$work" && rm -rf "$work"' EXIT
cd "$work"

# The mpa of this checkout, unless another is asked for.
mpa=${MPA:-$repository/bin/mpa.js}
[ -e "$repository/dist/cli/main.js" ] || [ -n "${MPA-}" ] || { echo "Run \`npm run build\` first." >&2; exit 1; }
unset MPA_HOME MPA_LEDGER MPA_PASSPHRASE_FILE
export MPA_NO_INPUT=1

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
  bold=$'\033[1m' plain=$'\033[0m'
fi

# say WORDS: what happens next, and why.
say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }

# shown WHO COMMAND...: the command as that person would type it.
shown() {
  local who=$1 word line=''
  shift
  for word; do
    case $word in
      *[!A-Za-z0-9_./:=@%+,-]* | '') line+=" '${word//\'/\'\\\'\'}'" ;;
      *) line+=" $word" ;;
    esac
  done
  printf '%s%s$%s%s\n' "$bold" "$who" "$line" "$plain"
}

# as WHO COMMAND...: shows it and runs it with that person's home.
as() {
  local who=$1
  shift
  shown "$who" "$@"
  quietly "$who" "$@"
}

# quietly WHO COMMAND...: runs it with that person's home.
quietly() {
  local who=$1
  shift
  if [ "$1" = mpa ]; then
    shift
    MPA_HOME="$work/$who" node "$mpa" "$@"
  else
    MPA_HOME="$work/$who" "$@"
  fi
}

# refused CODE WHO COMMAND...: shows it, runs it, and insists that mpa refuses with exactly that code.
refused() {
  local code=$1 status=0
  shift
  as "$@" 2>"$work/refusal" || status=$?
  cat "$work/refusal"
  [ "$status" -ne 0 ] || { echo "this should have been refused" >&2; exit 1; }
  grep -qw -- "$code" "$work/refusal" || { echo "this should have been refused as $code" >&2; exit 1; }
}

# field NAME...: one field of the JSON document on standard input.
field() {
  node -e '
    const document = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    console.log(process.argv.slice(1).reduce((value, name) => value[name], document));
  ' "$@"
}

# newest WHO: the full id of the newest request, as a script would find it.
newest() { quietly "$1" mpa list --all --json | field requests 0 id; }

# two_people NAME [POLICY]: keys for Alice and Bob, a bare repository, a ledger that both have signed.
two_people() {
  quietly alice mpa keygen --name 'Alice Ames' --email alice@example.org --no-passphrase >/dev/null
  quietly bob mpa keygen --name 'Bob Brown' --email bob@example.org --no-passphrase >/dev/null
  quietly bob mpa key export --out "$work/bob.asc" >/dev/null
  local anchor
  anchor=$(quietly alice mpa init "$work/ledger.git" --name "$1" --as alice --member "bob=$work/bob.asc" \
    ${2:+--policy "$2"} --yes --json | field anchor)
  quietly bob mpa join "$work/ledger.git" --anchor "$anchor" >/dev/null
  quietly bob mpa approve "$anchor" --yes >/dev/null
}
