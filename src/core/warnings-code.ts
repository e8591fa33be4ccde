import type { CommandAction } from './action.js';
import { joinPath } from './paths.js';
import { isShell, nameOf, runsFolder, starterOf, takerOf, type CodeTaker } from './programs.js';
import { exact } from './show.js';
import { CHOOSES, choosesCode } from './warnings-variables.js';
import type { Warning } from './warnings.js';

/** A program of the command line: the first word, or what a program such as `sudo` starts. */
interface Head {
  readonly name: string;
  readonly args: readonly string[];
}

const INLINE = 'the code is in the arguments: read it';
const UNPINNED = 'not pinned: what stands there when it runs is what runs';

/** Whether `find` starts or deletes: the words after it. */
const FIND_ACTION = /^-(exec|execdir|ok|okdir)$/;

function startsOthers({ name, args }: Head): boolean {
  if (name === 'find') return args.some((arg) => FIND_ACTION.test(arg));
  return starterOf(name) !== undefined;
}

/**
 * The first word, and where that starts others, each later word that is known to start others or to take code, up to the first that takes
 * code. By names alone: no table of everybody's options could be right for ever.
 */
function headsOf(argv: readonly string[]): Head[] {
  const [first = ''] = argv;
  const heads: Head[] = [{ name: nameOf(first), args: argv.slice(1) }];
  if (heads.some((head) => !startsOthers(head))) return heads;
  for (const [index, word] of argv.entries()) {
    if (index === 0) continue;
    const head = { name: nameOf(word), args: argv.slice(index + 1) };
    const takes = takerOf(head.name) !== undefined || head.name === 'ssh' || runsFolder(head.name);
    if (takes || startsOthers(head)) heads.push(head);
    if (takes) break;
  }
  return heads;
}

/** Where a program's code comes from. */
type Source =
  | { readonly kind: 'inline'; readonly option: string; readonly code: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'module'; readonly option: string; readonly name: string }
  | { readonly kind: 'stdin' }
  | { readonly kind: 'none' };

/** The value of an option: what stands in the same word, or the next one. */
function valueOf(option: string, pattern: RegExp, next: string | undefined): string {
  const held = option.replace(pattern, '').replace(/^=/, '');
  return held === '' ? (next ?? '') : held;
}

function sourceOf(taker: CodeTaker, args: readonly string[]): Source {
  const { inline, module, file, valued = [], operand, bare } = taker;
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? '';
    const next = args[index + 1];
    if (inline?.test(word) === true)
      return { kind: 'inline', option: /^--?[\w-]+/.exec(word)?.[0] ?? word, code: `${word} ${next ?? ''}` };
    if (module?.test(word) === true)
      return { kind: 'module', option: word.slice(0, 2), name: valueOf(word, module, next) };
    if (file?.test(word) === true) return fileOrStdin(valueOf(word, file, next));
    if (valued.includes(word)) index += 1;
    else if (word === '-') return { kind: 'stdin' };
    else if (!/^[-+]./.test(word) && operand === 'script') return fileOrStdin(word);
    else if (!/^[-+]./.test(word) && operand === 'code') return { kind: 'inline', option: '', code: word };
  }
  return bare ? { kind: 'stdin' } : { kind: 'none' };
}

function fileOrStdin(path: string): Source {
  return path === '-' || path === '/dev/stdin' ? { kind: 'stdin' } : { kind: 'file', path };
}

function stdinWarning(name: string, { stdin }: CommandAction): Warning[] {
  // Nothing to read, or what the terminal's own warning speaks of.
  if (stdin === undefined || stdin === 'terminal') return [];
  const where = stdin.attached ? 'read that' : 'which nobody can read here';
  return [{ what: name, why: `it does what its standard input says: ${where}` }];
}

/** `curl ... | sh`, in words of a shell. */
function fetchesCode(code: string): boolean {
  const at = code.search(/\b(curl|wget)\b/);
  return at !== -1 && code.includes('|', at);
}

function takerWarnings(action: CommandAction, { name, args }: Head, taker: CodeTaker): Warning[] {
  const source = sourceOf(taker, args);
  switch (source.kind) {
    case 'inline':
      return [
        { what: `${name} ${source.option}`.trim(), why: INLINE },
        ...(fetchesCode(source.code)
          ? [
              {
                what: `${name} ${source.option}`.trim(),
                why: 'it runs what it fetches, whatever that will be',
              },
            ]
          : []),
      ];
    case 'module':
      return [{ what: `${name} ${source.option} ${exact(source.name)}`, why: UNPINNED }];
    case 'file':
      return isPinned(action, source.path) ? [] : [{ what: `${name} ${exact(source.path)}`, why: UNPINNED }];
    case 'stdin':
      return stdinWarning(name, action);
    case 'none':
      return [];
  }
}

function isPinned({ pins = [], cwd = '' }: CommandAction, path: string): boolean {
  const wanted = joinPath(cwd, path);
  return pins.some((pin) => joinPath(cwd, pin.path) === wanted);
}

const SSH_VALUED = /^-[bcDEeFIiJLlmOopQRSWwB]$/;

function sshWarnings(args: readonly string[]): Warning[] {
  let index = 0;
  while (index < args.length && (args[index] ?? '').startsWith('-'))
    index += SSH_VALUED.test(args[index] ?? '') ? 2 : 1;
  const host = args[index];
  const found = [
    {
      what: host === undefined ? 'ssh' : `ssh ${exact(host)}`,
      why: 'it works on that machine, where nothing is compared with what was approved',
    },
  ];
  if (index + 1 < args.length) found.push({ what: 'ssh', why: `a shell there runs its words: ${INLINE}` });
  return found;
}

function starterWarnings({ name, args }: Head): Warning[] {
  if (name === 'find') {
    const does = args.some((arg) => FIND_ACTION.test(arg));
    return [
      ...(does ? [{ what: 'find -exec', why: 'it starts a command for each file that it finds' }] : []),
      ...(args.includes('-delete')
        ? [{ what: 'find -delete', why: 'it deletes each file that it finds' }]
        : []),
    ];
  }
  const says = starterOf(name);
  const set = name === 'env' || name === 'sudo' ? args.map((arg) => /^(\w+)=/.exec(arg)?.[1] ?? '') : [];
  const inline = inlineOfStarter(name, args);
  return [
    ...(says === null || says === undefined ? [] : [{ what: name, why: says }]),
    ...set.filter(choosesCode).map((each) => ({ what: each, why: CHOOSES })),
    ...(inline === undefined ? [] : [{ what: `${name} ${inline}`, why: INLINE }]),
  ];
}

/** Starters that take code by themselves. */
const STARTER_INLINE: Readonly<Record<string, RegExp>> = {
  su: /^(-c|--command)(=|$)/,
  runuser: /^(-c|--command)(=|$)/,
  script: /^(-c|--command)(=|$)/,
  flock: /^(-c|--command)(=|$)/,
  env: /^(-\w*S|--split-string)/,
};

function inlineOfStarter(name: string, args: readonly string[]): string | undefined {
  const pattern = Object.hasOwn(STARTER_INLINE, name) ? STARTER_INLINE[name] : undefined;
  const word = args.find((arg) => pattern?.test(arg) === true);
  return word === undefined ? undefined : /^--?[\w-]+/.exec(word)?.[0];
}

/** Options by which programs that are harmless otherwise start others. */
const HOOKS: Readonly<Record<string, RegExp>> = {
  tar: /^(--(checkpoint-action|to-command|use-compress-program|rsh-command|info-script|new-volume-script)|-I$)/,
  rsync: /^(-e$|--rsh|--rsync-path)/,
  git: /^(-c$|--config-env|--exec|--upload-pack|--receive-pack|-x$|foreach$)/,
  scp: /^-(S|o)/,
  sort: /^--compress-program/,
  vim: /^(-c$|\+|--cmd)/,
  vi: /^(-c$|\+)/,
  emacs: /^(--eval|-eval|--funcall|-f$|-l$)/,
  gdb: /^(-ex|--eval-command)/,
};

function hookWarnings({ name, args }: Head): Warning[] {
  const pattern = Object.hasOwn(HOOKS, name) ? HOOKS[name] : undefined;
  const word = args.find((arg) => pattern?.test(arg) === true);
  if (word === undefined) return [];
  return [
    {
      what: `${name} ${exact(/^-*[\w+-]+/.exec(word)?.[0] ?? word)}`,
      why: `it can start other programs: ${INLINE}`,
    },
  ];
}

function folderWarnings({ name }: Head): Warning[] {
  return runsFolder(name)
    ? [{ what: name, why: 'it does what files of its folder say, and they are not pinned' }]
    : [];
}

/** Where a system keeps programs that its users cannot change. */
const SYSTEM = /^\/(usr|bin|sbin|lib|lib64|opt|nix|snap|System|Library|Applications)\//;

function programWarnings(action: CommandAction): Warning[] {
  const { program } = action;
  if (program === undefined || SYSTEM.test(program) || isPinned(action, program)) return [];
  return [{ what: exact(program), why: 'the program itself is not pinned, and may be another when it runs' }];
}

function terminalWarnings(action: CommandAction, heads: readonly Head[]): Warning[] {
  if (action.stdin !== 'terminal') return [];
  const free = heads.some(({ name }) => isShell(name) || takerOf(name) !== undefined);
  const why = free
    ? 'the requester may type anything at all, and it runs'
    : 'the requester may type anything, unseen by you';
  return [{ what: 'terminal', why }];
}

/** What a command may run beyond what its arguments show: terminals, code in arguments, code that is not pinned, other users and machines. */
export function codeWarnings(action: CommandAction): Warning[] {
  const heads = headsOf(action.argv);
  const found = heads.flatMap((head) => {
    const taker = takerOf(head.name);
    return [
      ...(head.name === 'ssh' ? sshWarnings(head.args) : []),
      ...starterWarnings(head),
      ...(taker === undefined ? [] : takerWarnings(action, head, taker)),
      ...hookWarnings(head),
      ...folderWarnings(head),
    ];
  });
  return [...terminalWarnings(action, heads), ...found, ...programWarnings(action)];
}

/** Whether words of the command are code, or patterns that the program reads by itself: what a shell would do with them is beside the point. */
export function readsWordsItself(argv: readonly string[]): boolean {
  return headsOf(argv).some(({ name, args }) => {
    if (name === 'ssh') return true;
    if (inlineOfStarter(name, args) !== undefined || name === 'watch') return true;
    const taker = takerOf(name);
    return taker !== undefined && sourceOf(taker, args).kind === 'inline';
  });
}
