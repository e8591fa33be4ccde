/** Variables of the caller's environment, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The caller's `GIT_*` variables that reach git: how the user's own ssh and passwords are asked for, and whom TLS trusts.
 * Every other one is dropped: they point git at other objects, configuration, programs or repositories (section 2.4).
 */
const KEPT = new Set([
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_SSH_VARIANT',
  'GIT_ASKPASS',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'GIT_SSL_CERT',
  'GIT_SSL_KEY',
]);

/** Other variables that make git start programs, and that simple-git therefore refuses to hand on. */
const DROPPED = new Set(['editor', 'visual', 'pager', 'prefix']);

/** The transports of CLI.md; GIT_ALLOW_PROTOCOL overrides any `protocol.*` configuration, and holds for redirects too. */
const TRANSPORTS = 'file:ssh:https';

/**
 * What git may ask for at once: an object that claims to be larger is refused before it is unpacked, however small it travels.
 * More than any host takes.
 */
const OBJECT_AT_MOST = '128m';

/**
 * The environment in which every git process runs: the caller's without what could mislead git, with all configuration
 * but `config` switched off. `folder`: the repository (`GIT_DIR`, so that nothing is discovered); null: none.
 * `config`: a file that stands in for the user's global configuration; null: nothing stands in. (git 2.30 and 2.31 do not know
 * GIT_CONFIG_GLOBAL yet. Of what they read nevertheless, git.ts overrides whatever starts a program or changes objects.)
 */
export function gitEnvironment(
  caller: Environment,
  folder: string | null,
  config: string | null,
): Record<string, string> {
  return {
    ...inherited(caller),
    ...(folder === null ? {} : { GIT_DIR: folder }),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: config ?? '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: TRANSPORTS,
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: '/dev/null',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOC_LIMIT: OBJECT_AT_MOST,
    GIT_TERMINAL_PROMPT: mayAsk(caller) ? '1' : '0',
  };
}

/**
 * The environment for reading the user's own configuration files, and for nothing else: here, and only here, the
 * variables that say where those files are count.
 */
export function configEnvironment(caller: Environment): Record<string, string> {
  const where = ['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM'];
  const named = where.flatMap((name) => {
    const value = caller[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  // A GIT_DIR that is no repository keeps git from taking the configuration of whatever lies around the current folder.
  return { ...inherited(caller), ...Object.fromEntries(named), GIT_DIR: '/dev/null' };
}

function inherited(caller: Environment): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(caller)) {
    if (value === undefined || name === '__proto__') continue;
    const upper = name.toUpperCase();
    if (upper.startsWith('GIT_') && !KEPT.has(name)) continue;
    if (DROPPED.has(name.toLowerCase())) continue;
    kept[name] = name === 'PATH' ? absoluteOnly(value) : value;
  }
  return kept;
}

/** Git must not be found in the folder that somebody happens to stand in. */
function absoluteOnly(path: string): string {
  return path
    .split(':')
    .filter((entry) => entry.startsWith('/'))
    .join(':');
}

/** Git asks for user names and passwords on the terminal only where a person sits at one. */
function mayAsk(caller: Environment): boolean {
  if (caller['GIT_TERMINAL_PROMPT'] === '0') return false;
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Milliseconds that a remote may be silent. Somebody who can be asked may have to look for a passphrase first. */
export function silenceOf(caller: Environment): number {
  return caller['GIT_TERMINAL_PROMPT'] === '0' ? 120_000 : 300_000;
}
