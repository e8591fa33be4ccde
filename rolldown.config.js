import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { defineConfig } from 'rolldown';
import { billOfMaterials } from './.ci/sbom.mjs';

const packages = `${sep}node_modules${sep}`;

/** The folder of the package that a bundled module came from; null for our own. */
function packageOf(id) {
  const start = id.lastIndexOf(packages);
  if (start < 0) return null;
  let folder = dirname(id);
  // A nested package.json that only says `type` is no package of its own.
  while (
    !existsSync(join(folder, 'package.json')) ||
    !('name' in manifest(folder) && 'version' in manifest(folder))
  ) {
    folder = dirname(folder);
  }
  return folder;
}

function manifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** One section of THIRD-PARTY.md. A bundled package without a licence text stops the build. */
function notice(folder) {
  const { name, version, license } = manifest(folder);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)(\.|-|$)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  if (typeof license !== 'string' || texts.length === 0)
    throw new Error(`${name} ${version} has no licence text`);
  return `## ${name} ${version}\n\nLicence: ${license}\n\n${texts.map((text) => `~~~text\n${text}\n~~~\n`).join('\n')}`;
}

/** Writes what the packages that really ended up in a chunk ask to be kept (name, version, licence, text), and the bill of materials. */
const thirdParty = {
  name: 'third-party',
  generateBundle(_options, bundle) {
    const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
    const ids = chunks.flatMap((chunk) => Object.keys(chunk.modules));
    const folders = [...new Set(ids.map(packageOf).filter((folder) => folder !== null))].sort();
    const head =
      '# Packages bundled in this folder\n\n' +
      'openpgp (LGPL-3.0-or-later) is not among them: it is installed beside mpa, unmodified, and can be replaced.\n';
    this.emitFile({
      type: 'asset',
      fileName: 'THIRD-PARTY.md',
      source: [head, ...folders.map(notice)].join('\n'),
    });
    this.emitFile({ type: 'asset', fileName: 'sbom.cdx.json', source: billOfMaterials(folders) });
  },
};

/**
 * Where a module that is imported when needed lies in a file with others, rolldown makes one more file, which does nothing but hand on
 * its names: those who import it go straight to the other. Each file more costs a start about a millisecond.
 */
const directly = {
  name: 'directly',
  generateBundle(_options, bundle) {
    repeatRuntime(bundle);
    for (const [file, { type, code, isEntry }] of Object.entries(bundle)) {
      if (type !== 'chunk' || isEntry) continue;
      const form = /^import \{ ([^}]+) \} from "(\.\/[^"]+)";\s+export \{ ([^}]+) \};\s*$/.exec(code);
      if (form === null) continue;
      const theirs = new Map(pairs(form[1]).map(([name, here]) => [here, name]));
      const members = pairs(form[3])
        .map(([here, name]) => `${name}: m.${theirs.get(here)}`)
        .join(', ');
      const other = join(dirname(file), form[2]);
      for (const user of Object.values(bundle)) {
        if (user.type !== 'chunk') continue;
        const from = (to) => `import("${relativeTo(user.fileName, to)}")`;
        user.code = user.code.replaceAll(from(file), `${from(other)}.then((m) => ({ ${members} }))`);
      }
      delete bundle[file];
    }
  },
};

/** rolldown's own few lines, which are a file for two of which one is always read: they stand in each of those that use them. */
function repeatRuntime(bundle) {
  const [file, runtime] =
    Object.entries(bundle).find(([name]) => /\/rolldown-runtime-[^/]+$/.test(name)) ?? [];
  if (runtime === undefined) return;
  const [, lines, names] = /^([^]*)\nexport \{ ([^}]+) \};\s*$/.exec(runtime.code);
  const theirs = new Map(pairs(names).map(([here, name]) => [name, here]));
  for (const user of Object.values(bundle)) {
    if (user.type !== 'chunk' || user === runtime) continue;
    const form = /^import \{ ([^}]+) \} from "\.\/rolldown-runtime-[^"]+";$/m;
    user.code = user.code.replace(form, (_, list) => {
      for (const [name, here] of pairs(list))
        if (theirs.get(name) !== here) throw new Error(`${here} is another name of rolldown's own`);
      return lines;
    });
    if (user.code.includes('rolldown-runtime')) throw new Error("rolldown's own file is used in another way");
  }
  delete bundle[file];
}

/** `a as b, c` as pairs of names: [a, b], [c, c]. */
function pairs(list) {
  return list
    .split(', ')
    .map((item) => item.split(' as '))
    .map(([one, other = one]) => [one, other]);
}

function relativeTo(file, to) {
  const path = relative(dirname(file), to);
  return path.startsWith('.') ? path : `./${path}`;
}

/** What many a command does without, and takes a millisecond or three to load: functions of these are looked up when they are called. */
const LATE = ['node:child_process', 'node:zlib'];

const taken = (from) => `globalThis.process.getBuiltinModule(${from})`;

/** `{ a as b, c }`, as a module that is late gives them; null: not all of them are functions. */
function late(names, from) {
  if (!LATE.includes(JSON.parse(from)) || !names.startsWith('{')) return null;
  const wanted = pairs(names.slice(2, -2));
  const module = process.getBuiltinModule(JSON.parse(from));
  // A class would be called without `new`.
  if (!wanted.every(([theirs]) => typeof module[theirs] === 'function' && /^[a-z]/.test(theirs))) return null;
  return wanted
    .map(([theirs, ours]) => `const ${ours} = (...args) => ${taken(from)}.${theirs}(...args);`)
    .join(' ');
}

/**
 * Modules of node itself are taken as they are: imported by name, node first looks at all that they export, and loads half of what it has
 * for it (some four milliseconds of each start).
 */
const builtins = {
  name: 'builtins',
  renderChunk: (code) =>
    code
      .replaceAll(
        /^import (\w+|\{[^}]+\}) from ("node:[a-z_/]+");$/gm,
        (_, names, from) => late(names, from) ?? `const ${names.replaceAll(' as ', ': ')} = ${taken(from)};`,
      )
      .replaceAll(/\brequire\(("[a-z_:/]+")\)/g, (whole, from) => {
        if (LATE.includes(JSON.parse(from)))
          return `new Proxy({}, { get: (_, name) => ${taken(from)}[name] })`;
        if (!isBuiltin(JSON.parse(from))) throw new Error(`${whole}: no module of node's own`);
        return taken(from);
      }),
};

/** One letter beyond Latin-1 makes the engine keep all of a file in two bytes for each letter. */
const ascii = {
  name: 'ascii',
  renderChunk: (code) => {
    if (/(?<!\\)(?:\\\\)*\\[^\0-\x7f]|String\.raw`[^`]*[^\0-\x7f]/.test(code))
      throw new Error('a letter beyond ASCII stands where an escape means something else');
    return code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  },
};

/** Modules that are always needed together: each file more costs a start about a millisecond. */
const group = (name, ...patterns) => ({ name, test: new RegExp(patterns.join('|')) });
const modules = (folder, names) => `src/${folder}/(${names})\\.ts$`;

const groups = [
  group('start', modules('(core|cli)', 'errors|interrupts|report|version|argv')),
  // Reading a ledger and deciding.
  group(
    'ledger',
    'node_modules/valibot/',
    modules('cli', 'parts'),
    modules('(git|ledger)', '[a-z-]+'),
    modules('signing', 'armor|certificate|check|checker|foresight|key-file|numbers|packets|public-key'),
    modules('signing', 'self-signature|signature|user-id|verify'),
    modules(
      'core',
      'attachments|authentic|canonical|chain|clauses|commit|counting|decide|events|fitness|fold.*',
    ),
    modules(
      'core',
      'mismatch|narrow|paths|patterns|pinned|places|policy|policy-people|policy-rules|reasons|rules',
    ),
    modules('core', 'scalars|schema.*|show|time|tree|utf8'),
  ),
  // What stands around every command.
  group(
    'shell',
    modules('cli', 'account|action|columns|config|context|files|folders|head|here|keys-in-use'),
    modules('cli', 'layout-history|layout-words'),
    modules('cli', 'machine|new-clone|options|output|passphrase|prompts|surroundings|work-line|wrap'),
    modules('workflows', 'find|look|program|request-view|resumes|state-words|verify'),
  ),
];

export default defineConfig({
  input: { 'cli/main': 'src/cli/main.ts' },
  platform: 'node',
  external: ['openpgp', /^node:/],
  tsconfig: 'tsconfig.json',
  plugins: [builtins, ascii, thirdParty, directly],
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    sourcemap: false,
    // What is always needed together, in one file: each further file costs about a millisecond.
    codeSplitting: { groups },
    // Measured: no difference at the start, and a bug report keeps names that can be read.
    minify: false,
    comments: false,
    // `builtins` takes what is asked for with `require`.
    polyfillRequire: false,
  },
});
