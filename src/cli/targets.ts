import type { CommandAction } from '../core/action.js';
import { lastPart } from '../core/paths.js';
import { exact } from '../core/show.js';
import { isSystemProgram } from './pin-candidates.js';
import { INTERPRETERS, TARGETS, WRAPPERS } from './target-table.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** So many names stand in one line. */
const NAMES = 8;

/** Names that tell of a secret; what an address holds may be one. */
const SECRET =
  /SECRET|TOKEN|PASS(WORD|WD|PHRASE)?$|PWD|AUTH$|API_KEY|_KEY$|DATABASE_URL|REDIS_URL|MONGODB_URI/;

/** Whether the value must not be written into a request, which everybody reads and nobody can unwrite. */
function isSecret(name: string): boolean {
  return SECRET.test(name) || /^TF_VAR_.*(key|secret|token|pass|cred)/i.test(name);
}

function fits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** The program that counts, and whether it may run any other. */
function toolOf({ argv, program }: CommandAction): { readonly tool: string; readonly any: boolean } {
  const words = argv.map(lastPart);
  const first = words[0] ?? '';
  const wrapped = WRAPPERS.includes(first)
    ? words
        .slice(1)
        .find((word) => TARGETS.some(({ tools }) => tools.includes(word)) || INTERPRETERS.test(word))
    : undefined;
  const tool = wrapped ?? first;
  const own = wrapped === undefined && program !== undefined && !isSystemProgram(program);
  const known = TARGETS.some(({ tools }) => tools.includes(tool));
  return { tool, any: INTERPRETERS.test(tool) || (own && !known) };
}

/** Variables of `env` that decide where a command goes or who it is there, and that it will not get; sorted. */
function missing(action: CommandAction, env: Environment, tool: string, any: boolean): string[] {
  const rows = TARGETS.filter(({ tools }) => any || tools.includes(tool));
  const given = new Set([...Object.keys(action.env ?? {}), ...(action.passEnv ?? [])]);
  return Object.keys(env)
    .filter((name) => (env[name] ?? '') !== '' && !given.has(name))
    .filter((name) => rows.some(({ variables }) => variables.some((pattern) => fits(pattern, name))))
    .sort();
}

function sentence(tool: string, any: boolean, names: readonly string[], secret: boolean): string[] {
  if (names.length === 0) return [];
  const hidden = names.length - NAMES;
  const shown = names.slice(0, NAMES).map(exact);
  const list = `${shown.join(', ')}${hidden > 0 ? ` and ${hidden} more` : ''}`;
  const one = names.length === 1;
  const name = one ? list : 'NAME';
  const how = secret ? `--pass-env ${name} passes it unseen` : `--env ${name} records its value`;
  return [
    `${exact(tool)} ${any ? 'may use' : 'uses'} ${list}, set here, which the command will not get: ${how}.`,
  ];
}

/**
 * What the requester should know of variables that are set in `env`, by which the program chooses its target or identity, and that the
 * action neither sets nor passes: lines, escaped, that name the flag. Secrets are never suggested for --env, whose value is written into
 * the ledger. Empty for an executor, which takes nothing from its caller (section 8.7).
 */
export function targetNotices(action: CommandAction, env: Environment): string[] {
  if (action.executor !== undefined) return [];
  const { tool, any } = toolOf(action);
  const names = missing(action, env, tool, any);
  return [
    ...sentence(
      tool,
      any,
      names.filter((name) => !isSecret(name)),
      false,
    ),
    ...sentence(tool, any, names.filter(isSecret), true),
  ];
}
