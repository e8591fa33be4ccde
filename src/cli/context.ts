import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keysOf, inForce } from '../core/counting.js';
import { MpaError } from '../core/errors.js';
import { joinLine } from '../core/mending.js';
import type { Clock, Progress, Random, Signer, Store } from '../core/ports.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Tools } from '../workflows/place.js';
import type { Workspace } from '../workflows/workspace.js';
import type { Keystore, Remotes } from './adapters.js';
import { chooseLedger, loadConfig, saveConfig, type Config } from './config.js';
import {
  foldersOf,
  ledgerFolders,
  MACHINE_CONFIG,
  refuseUnsafeFolders,
  runsFolder,
  type Folders,
} from './folders.js';
import { currentFolder } from './here.js';
import type { CliContext, Invocation, Setup } from './invocation.js';
import { keyInUse } from './keys-in-use.js';
import { thisMachine } from './machine.js';
import { beginClone, removeUnused, type Makers } from './new-clone.js';
import { createOutput, type Output } from './output.js';
import { passphrasesFrom, patient } from './passphrase.js';
import { createPrompter } from './prompts.js';
import {
  isAsked,
  isMachineWide,
  machineEnvironment,
  passphraseFile,
  refuseFiles,
  replaceEnvironment,
} from './surroundings.js';
import { sweepOld, unfinished } from './unfinished.js';
import { VERSION } from './version.js';

/** A checkpoint that another version made is not used. */
const PROGRAM = `mpa ${VERSION}`;

const clock: Clock = { now: () => Math.floor(Date.now() / 1000) };
const random: Random = { nonce: () => randomBytes(16).toString('hex'), fraction: () => Math.random() };

/**
 * The composition root: the one place that makes adapters, each imported when it is first needed. Nothing is opened here; what is
 * wrong with folders and configuration shows when a command asks for them. Error: `usage` where a caller through sudo names files.
 */
export async function createContext({ globals, options }: Invocation): Promise<CliContext> {
  const uid = process.getuid?.();
  const machineWide = isMachineWide(process.env, uid, existsSync(MACHINE_CONFIG));
  if (machineWide && isAsked(process.env)) refuseFiles(options);
  if (machineWide) replaceEnvironment(process.env, machineEnvironment(process.env));
  const noInput = globals.noInput || isSet(process.env.MPA_NO_INPUT);
  const env = noInput ? { ...process.env, GIT_TERMINAL_PROMPT: '0' } : process.env;
  const cwd = currentFolder();
  const folders = foldersOf({ env, cwd, uid, machineWide });
  const out = await createOutput({ stdout: process.stdout, stderr: process.stderr, ...globals, env });
  const prompter = createPrompter(process, noInput, () => out.clear());
  const house: House = { env, cwd, uid, folders, out };
  const setup = setupOf(
    house,
    passphrasesFrom(passphraseFile(globals.passphraseFile, env, machineWide), prompter, (words) =>
      out.warn(words),
    ),
  );
  const machine = thisMachine();
  const opened: Store[] = [];
  return {
    globals,
    out,
    prompter,
    folders,
    clock,
    random,
    machine,
    env,
    setup,
    workspace: async (named) => {
      const wanted = named ?? globals.ledger ?? nonEmpty(env.MPA_LEDGER);
      const config = await setup.config();
      const { name, entry } = chooseLedger(config, wanted);
      const ws = await workspaceOf(house, setup, name, entry, config.key);
      opened.push(ws.store);
      return ws;
    },
    afterwards: async () => {
      for (const store of opened)
        await store.tidy(() => out.talk('Packing the private copy of the ledger, which has grown ...'));
    },
  };
}

/** What everything here is made from. */
interface House {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly uid: number | undefined;
  readonly folders: Folders;
  readonly out: Output;
}

function setupOf(house: House, passphrases: Setup['passphrases']): Setup {
  const { folders, uid, cwd } = house;
  const keystore = once(async (): Promise<Keystore & { signer: SignerOf }> => {
    const { openKeystore } = await import('../signing/keystore.js');
    return openKeystore(folders.keys);
  });
  const tools = once(() => toolsOf(house));
  return {
    cwd,
    uid,
    config: async () => {
      refuseUnsafeFolders(folders, uid);
      return loadConfig(folders.config, uid);
    },
    saveConfig: (config: Config) => saveConfig(folders.config, config),
    keystore,
    passphrases,
    signer: async (fingerprint) => {
      const ask = (): Promise<string> => passphrases.ask(`Passphrase of your key ${fingerprint.slice(-16)}:`);
      return patient(await (await keystore()).signer(fingerprint, ask), passphrases);
    },
    minimal: async (bytes) => (await import('../signing/minimal-certificate.js')).minimalCertificate(bytes),
    tools,
    remotes: once(() => remotesOf(house, tools)),
  };
}

type SignerOf = (fingerprint: string, passphrase: () => Promise<string>) => Promise<Signer>;

/** What every ledger is read with. */
const parts = () => import('./parts.js');

async function toolsOf({ out }: House): Promise<Tools> {
  const { createSignatureChecker, createCertificateReader } = await parts();
  const checker = createSignatureChecker();
  return { checker, certificates: createCertificateReader(), clock, random, progress: progressOf(out) };
}

/** Shows how far long work has come. */
function progressOf(out: Output): Progress {
  return (done, total, of) => {
    out.progress(done, total, of);
  };
}

async function remotesOf(house: House, tools: () => Promise<Tools>): Promise<Remotes> {
  const { env, cwd, folders, out } = house;
  const { parseRemote, createStore, openStore, ensureRemote, checkGit, withoutPassword, pin, stageIn } =
    await parts();
  const makersOf = (remote: string): Makers => {
    const shown = withoutPassword(remote);
    const progress = progressOf(out);
    return {
      create: (folder) => createStore({ folder, remote, env, progress }),
      open: (folder) => openStore({ folder, remote, env, progress }),
      stage: (folder) =>
        stageIn(folder, { program: PROGRAM, remote: shown }, ({ state, head }, there) => {
          if (there) out.talk(`Going on after ${state.events} events that were verified before.`);
          else out.warn(goneSince(head.commit));
        }),
      ledger: async (store, anchor, folder) => ledgerOf(house, await tools(), store, anchor, folder),
      pin: (store, view, folder) => pin(store, view, folder, PROGRAM),
    };
  };
  return {
    address: (typed) => parseRemote(typed, cwd).url,
    shown: withoutPassword,
    checkGit: () => checkGit(env),
    ensure: (address) => ensureRemote(address, { env }),
    unmake: (address) => removeUnused(parseRemote(address, cwd).path),
    clone: async (remote, what) => {
      await sweepOld(folders, clock.now());
      const left = what === 'join' ? unfinished(folders, remote) : null;
      return beginClone(folders, makersOf(remote), left);
    },
  };
}

const goneSince = (commit: string): string =>
  `The branch no longer holds commit ${commit}, which an interrupted join has verified here: somebody set it back or replaced it. ` +
  'Ask a member for their newest head (mpa status prints it), and join with --head COMMIT.';

/** A ledger over a store, its state in `folder`. */
async function ledgerOf(
  house: House,
  tools: Tools,
  store: Store,
  anchor: string,
  folder: string,
): Promise<Ledger> {
  const { openLedger } = await parts();
  const notice = (words: string): void => house.out.talk(oneLine(words));
  return openLedger({ ...tools, store, anchor, folder, program: PROGRAM, notice });
}

async function workspaceOf(
  house: House,
  setup: Setup,
  name: string,
  entry: Config['ledgers'][string],
  key: Config['key'],
): Promise<Workspace> {
  const { remote, anchor, handle } = entry;
  const { folders, env, uid, out } = house;
  const { openStore, openSpentRecord, withoutPassword } = await parts();
  const tools = await setup.tools();
  const places = ledgerFolders(folders, anchor);
  const rejoin = joinLine(withoutPassword(remote), anchor);
  // Without it a rewound branch would look like the newest: nothing of what was joined may vanish in silence. Section 2.2.
  if (!['head.json', 'anchor'].some((name) => existsSync(join(places.state, name)))) {
    throw new MpaError(
      'bad-config',
      `What this machine had verified of ${name} is gone from ${places.state}.`,
      {
        hint: `Ask another member for their newest head (mpa status prints it), and join again:\n  ${rejoin} --head COMMIT`,
      },
    );
  }
  const store = await openStore({ folder: places.clone, remote, env, rejoin, progress: progressOf(out) });
  const ledger = await ledgerOf(house, tools, store, anchor, places.state);
  const fingerprint = key ?? (await fingerprintFor(house, ledger, handle));
  return {
    name,
    remote,
    ledger,
    store,
    certificates: tools.certificates,
    spent: openSpentRecord(places.spent),
    handle: handle ?? null,
    fingerprint,
    // One signer for the whole command: `exec` signs twice, and its person types the passphrase once.
    signer: once(async () => {
      if (handle === undefined) throw new MpaError('no-identity', `You joined ${name} as a reader.`);
      if (fingerprint === null)
        throw new MpaError('no-key', 'It is not clear which key you sign with.', { hint: KEY_HINT });
      return setup.signer(fingerprint);
    }),
    clock,
    random,
    machine: thisMachine(),
    quarters: once(async () => {
      const [{ accountOf }, { passwordLine }] = await Promise.all([
        import('./account.js'),
        import('./runner.js'),
      ]);
      return { account: accountOf(entry, uid, passwordLine), runs: runsFolder(folders, uid) };
    }),
    notice: (words) => out.warn(oneLine(words)),
  };
}

const KEY_HINT =
  'See your keys with `mpa key list`, choose one with `mpa key use FINGERPRINT`, or make one with `mpa keygen`.';

/** The ledger is asked only where the configuration and the key store leave it open; of the store only the names of its files. */
async function fingerprintFor(
  { folders }: House,
  ledger: Ledger,
  handle: string | undefined,
): Promise<string | null> {
  const { storedFingerprints } = await parts();
  const keys = await storedFingerprints(folders.keys);
  if (keys.length < 2 || handle === undefined) return keyInUse(undefined, keys, []);
  const { state } = await ledger.view();
  return keyInUse(undefined, keys, keysOf(inForce(state), handle));
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function isSet(value: string | undefined): boolean {
  return nonEmpty(value) !== undefined;
}

/** A notice is one line: what a server said in several must not look like words of ours. Section 9. */
function oneLine(words: string): string {
  return words.replaceAll(/\s*\n\s*/g, ' / ');
}

/** Makes a thing at its first use, and then gives that one. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
