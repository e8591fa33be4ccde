import { lastPart } from './paths.js';

/** How a program takes code: what its options and operands mean, as far as warnings need it. */
export interface CodeTaker {
  /** An option that is followed by code, or holds it. */
  readonly inline?: RegExp;
  /** An option that names code somewhere else. */
  readonly module?: RegExp;
  /** An option that is followed by a file of code, or holds its name. */
  readonly file?: RegExp;
  /** Options whose next argument is their value. */
  readonly valued?: readonly string[];
  /** What stands first beside the options. */
  readonly operand: 'script' | 'code' | 'other';
  /** Whether, told nothing, it takes code from its standard input. */
  readonly bare: boolean;
}

const shell: CodeTaker = {
  // Looks ahead first: a word of a hundred thousand letters must not be tried from each of them.
  inline: /^-(?=[a-zA-Z]*$)[a-zA-Z]*c/,
  valued: ['-o', '-O', '+o', '+O', '--rcfile', '--init-file'],
  operand: 'script',
  bare: true,
};
const python: CodeTaker = {
  inline: /^-[bBdEiIOPqsSuvx]*c/,
  module: /^-[bBdEiIOPqsSuvx]*m/,
  valued: ['-W', '-X'],
  operand: 'script',
  bare: true,
};
const node: CodeTaker = {
  inline: /^(-e|-p|-pe|--eval|--print)(=|$)/,
  module: /^(-r|--require|--import|--loader|--experimental-loader)(=|$)/,
  operand: 'script',
  bare: true,
};
const awk: CodeTaker = { file: /^(-f|--file)/, valued: ['-v', '-F'], operand: 'code', bare: false };
const psql: CodeTaker = {
  inline: /^(-[aAbeEnqsStwWxXz01]*c|--command(=|$))/,
  file: /^(-[aAbeEnqsStwWxXz01]*f|--file(=|$))/,
  operand: 'other',
  bare: true,
};
const mysql: CodeTaker = {
  inline: /^(-[ABCEHNTnqrstvwXb]*e|--(execute|init-command)(=|$))/,
  operand: 'other',
  bare: true,
};
const pwsh: CodeTaker = {
  inline: /^-(c|command|e|ec|enc|encodedcommand)$/i,
  file: /^-(f|file)$/i,
  operand: 'script',
  bare: true,
};
const lua: CodeTaker = { inline: /^-e/, module: /^-l/, operand: 'script', bare: true };

const TAKERS: Readonly<Record<string, CodeTaker>> = {
  sh: shell,
  bash: shell,
  zsh: shell,
  dash: shell,
  ksh: shell,
  mksh: shell,
  ash: shell,
  fish: shell,
  csh: shell,
  tcsh: shell,
  python,
  pypy: python,
  perl: {
    inline: /^-[acfhlnpsStTuUvVwWX0-7]*[eE]/,
    module: /^-[mM]/,
    valued: ['-I'],
    operand: 'script',
    bare: true,
  },
  ruby: {
    inline: /^-[alnpswWvdS0-7]*e/,
    module: /^-r/,
    valued: ['-I', '-C'],
    operand: 'script',
    bare: true,
  },
  node,
  nodejs: node,
  bun: node,
  php: {
    inline: /^-[nq]*[rBRE]$/,
    file: /^-[nq]*f$/,
    valued: ['-d', '-c', '-z'],
    operand: 'script',
    bare: true,
  },
  lua,
  luajit: lua,
  rscript: { inline: /^-e$/, operand: 'script', bare: false },
  osascript: { inline: /^-e$/, operand: 'script', bare: true },
  pwsh,
  powershell: pwsh,
  expect: { inline: /^-c/, file: /^-f/, operand: 'script', bare: true },
  tclsh: { operand: 'script', bare: true },
  awk,
  gawk: awk,
  mawk: awk,
  nawk: awk,
  psql,
  mysql,
  mariadb: mysql,
  sqlplus: { operand: 'other', bare: true },
  mongosh: { inline: /^--eval(=|$)/, file: /^--file(=|$)/, operand: 'other', bare: true },
  mongo: { inline: /^--eval(=|$)/, operand: 'other', bare: true },
  sqlcmd: { inline: /^-[qQ]/, file: /^-i/, operand: 'other', bare: true },
  'clickhouse-client': { inline: /^(-q|--query)(=|$)/, operand: 'other', bare: true },
  cqlsh: { inline: /^(-e|--execute)(=|$)/, file: /^(-f|--file)(=|$)/, operand: 'other', bare: true },
};

/** Programs that start another one, which stands among their arguments, and what that means; null: nothing beside the start. */
const STARTERS: Readonly<Record<string, string | null>> = {
  sudo: 'it runs as another user: root, unless it says otherwise',
  doas: 'it runs as another user: root, unless it says otherwise',
  su: 'it runs as another user: root, unless it says otherwise',
  runuser: 'it runs as another user: root, unless it says otherwise',
  pkexec: 'it runs as another user: root, unless it says otherwise',
  env: 'it changes the environment of what it starts',
  xargs: 'it starts commands made of what it reads',
  parallel: 'it starts commands made of what it reads',
  watch: 'its arguments are run by a shell, again and again',
  script: 'it starts a shell',
  screen: 'it starts a shell that outlives this run',
  tmux: 'it starts a shell that outlives this run',
  chroot: 'it runs within another root folder',
  nsenter: 'it runs within another namespace',
  unshare: 'it runs within another namespace',
  docker: 'what runs in a container is not compared with what was approved',
  podman: 'what runs in a container is not compared with what was approved',
  kubectl: null,
  oc: null,
  busybox: null,
  nohup: null,
  timeout: null,
  nice: null,
  ionice: null,
  setsid: null,
  stdbuf: null,
  time: null,
  flock: null,
  strace: null,
  at: 'what it reads runs later, when nobody looks',
  batch: 'what it reads runs later, when nobody looks',
  crontab: 'what it reads runs later, again and again',
  'systemd-run': 'what it starts outlives this run',
};

/** Programs that do what files of their folder say. */
const BY_FOLDER = new Set(
  (
    'make gmake ninja npm pnpm yarn npx pnpx rake bundle just task invoke fab ant gradle gradlew mvn mvnw cargo go terraform tofu ' +
    'terragrunt pulumi ansible-playbook docker-compose helmfile tox nox poetry pip composer'
  ).split(' '),
);

/** No name of the tables is as long. */
const LONGEST = 64;

/** A program's name as the tables know it: the last part of its path, in lower case, without a version at its end. */
export function nameOf(word: string): string {
  const name = lastPart(word).toLowerCase();
  if (name.length > LONGEST) return name;
  const plain = name.replace(/-?\d[\d.]*$/, '');
  return plain === '' ? name : plain;
}

/** How that program takes code; undefined where it is not known to. */
export function takerOf(name: string): CodeTaker | undefined {
  return Object.hasOwn(TAKERS, name) ? TAKERS[name] : undefined;
}

/** What it means that this program starts another; undefined where it is not known to, null where nothing has to be said. */
export function starterOf(name: string): string | null | undefined {
  return Object.hasOwn(STARTERS, name) ? STARTERS[name] : undefined;
}

/** Whether it does what files of its folder say. */
export function runsFolder(name: string): boolean {
  return BY_FOLDER.has(name);
}

/** Whether a person at its prompt can have it run anything, by a command of its own. */
export function isShell(name: string): boolean {
  return takerOf(name) === shell || name === 'ssh' || name === 'su' || name === 'screen' || name === 'tmux';
}
