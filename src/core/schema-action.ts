import * as v from 'valibot';
import type { AccessAction, CommandAction, PolicyAction } from './action.js';
import { joinPath, lastPart } from './paths.js';
import { RANGES, isAbsolutePath, isDigest, isHost, isRelativePath, isVariable } from './scalars.js';
import { argument, argv, handle, login, policy, resource, variable } from './schema-policy.js';
import { chosen, closed, integer, list, maybe, only, record, text } from './schema-parts.js';
import type { Schema } from './schema-parts.js';

export const digest = text(isDigest, '64 lower-case hex digits');
export const host = text(isHost, '1 to 255 printable ASCII characters without space');
export const size = integer(RANGES.size);

// Text is compared and the kernel opens: a `..` behind a symbolic link would make the two mean different files.
const absolutePath = text(
  (path) => isAbsolutePath(path) && joinPath('/', path) === path,
  'an absolute path without empty parts, `.` or `..`',
);
const relativePath = text(
  (path) => isRelativePath(path) && joinPath('', path) === path && !/^\.\.(\/|$)/.test(path),
  'a relative path without empty parts, `.` or `..`',
);
const attached = v.boolean('must be true or false');
const content = closed({ sha256: digest, size, attached });
const terminal = only('terminal');

const words = v.pipe(
  argv,
  v.check((given) => given[0] !== undefined && given[0] !== '', 'must begin with a program'),
);

const shared = {
  kind: only('command'),
  argv: words,
  env: maybe(record(isVariable, 'name of a variable', argument)),
  passEnv: maybe(list(variable)),
  stdin: maybe(v.lazy((input) => (typeof input === 'string' ? terminal : content))),
};

/** Section 4: `argv[0]` relative to `cwd` if that holds a `/`, else a path whose last part is `argv[0]`. */
function standsFor(program: string, word: string, cwd: string): boolean {
  return word.includes('/') ? program === joinPath(cwd, word) : lastPart(program) === word;
}

const personsCommand = v.pipe(
  closed({
    ...shared,
    host,
    user: login,
    program: absolutePath,
    cwd: absolutePath,
    pins: maybe(list(closed({ path: absolutePath, sha256: digest, size, attached }))),
  }),
  v.check(
    (action) => standsFor(action.program, action.argv[0] ?? '', action.cwd),
    'program is not what the first argument stands for',
  ),
);

const executorsCommand = closed({
  ...shared,
  executor: handle,
  pins: maybe(
    list(
      closed({
        path: relativePath,
        sha256: digest,
        size,
        attached: only(true),
      }),
    ),
  ),
});

/** `kind: command`: a person's has `host`, `user`, `program` and `cwd`, an executor's none of them. Section 4. */
export const commandAction: Schema<CommandAction> = chosen<CommandAction>((own) =>
  own('executor') !== undefined ? executorsCommand : personsCommand,
);

export const accessAction: Schema<AccessAction> = closed({ kind: only('access'), resource });

export const policyAction: Schema<PolicyAction> = closed({ kind: only('policy'), base: digest, policy });
