import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

// What is deleted and not yet committed is tracked still.
const listed = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0');
const tracked = listed.filter((file) => file !== '' && existsSync(file));
const sources = tracked.filter((file) => /^src\/.*\.ts$/.test(file));

interface Import {
  readonly file: string;
  /** A file of src, or a package or Node module. */
  readonly target: string;
  readonly names: readonly string[];
  readonly typeOnly: boolean;
}

/** Every static and dynamic import of one file. */
function importsOf(file: string): Import[] {
  const found: Import[] = [];
  const add = (from: string, names: readonly string[], typeOnly: boolean): void => {
    const target = from.startsWith('.') ? normalize(join(dirname(file), from)).replace(/\.js$/, '.ts') : from;
    found.push({ file, target, names, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const bindings = node.importClause?.namedBindings;
      const names =
        bindings && ts.isNamedImports(bindings)
          ? bindings.elements.map((element) => (element.propertyName ?? element.name).text)
          : ['*'];
      add(node.moduleSpecifier.text, names, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      add(node.moduleSpecifier.text, ['*'], node.isTypeOnly);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [from] = node.arguments;
      add(from && ts.isStringLiteral(from) ? from.text : 'computed import', ['*'], false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(
        ts.isStringLiteral(node.argument.literal) ? node.argument.literal.text : 'computed import',
        ['*'],
        true,
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true));
  return found;
}

const imports = sources.flatMap(importsOf);
const inside = imports.filter(({ target }) => target.startsWith('src/'));
const outside = imports.filter(({ target }) => !target.startsWith('src/'));
const layer = (file: string): string => file.split('/')[1] ?? '';
const arrow = ({ file, target }: Import): string => `${file} -> ${target}`;

/** Which layers each may import, besides itself. HOUSE: bin -> cli -> workflows -> ledger -> core; git -> core; signing -> core. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ledger: ['core'],
  git: ['core'],
  signing: ['core'],
  workflows: ['ledger', 'core'],
  cli: ['workflows', 'ledger', 'core'],
};

/** The one place that may join adapters and the rest, and the names under which it loads them together. */
const ROOT = ['src/cli/context.ts', 'src/cli/parts.ts'];

/** Who may import a package or a Node module. */
const KEPT: Readonly<Record<string, RegExp>> = {
  openpgp: /^src\/signing\/openpgp\.ts$/,
  'simple-git': /^src\/git\//,
  'node:child_process': /^src\/(git\/|(cli\/(runner|pager|notify)|ledger\/processes)\.ts$)/,
  chalk: /^src\/cli\/output\.ts$/,
  inquirer: /^src\/cli\/prompts\.ts$/,
  commander: /^src\/cli\//,
};

/** Where a pattern stands in the code of a file, comments and strings aside. */
function uses(files: readonly string[], pattern: RegExp): string[] {
  return files.filter((file) => {
    const code = ts.transpileModule(readFileSync(file, 'utf8'), {
      compilerOptions: { removeComments: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    }).outputText;
    return pattern.test(code);
  });
}

describe('the borders of the house', () => {
  it('every layer is known', () => {
    expect([...new Set(sources.map(layer))].filter((name) => !Object.hasOwn(MAY, name))).toEqual([]);
  });

  it('imports run one way: cli, workflows, ledger, core; git and signing know the core only', () => {
    const wrong = inside.filter(({ file, target }) => {
      if (ROOT.includes(file) || layer(file) === layer(target)) return false;
      return !(MAY[layer(file)] ?? []).includes(layer(target));
    });
    expect(wrong.map(arrow)).toEqual([]);
  });

  it('only cli/context.ts takes adapters, by itself or through cli/parts.ts', () => {
    const takers = inside.filter(({ target }) => target === 'src/cli/parts.ts');
    expect([...new Set(takers.map(({ file }) => file))]).toEqual(['src/cli/context.ts']);
    const wrong = inside.filter(
      ({ file, target }) =>
        !ROOT.includes(file) && ['git', 'signing'].includes(layer(target)) && layer(file) !== layer(target),
    );
    expect(wrong.map(arrow)).toEqual([]);
  });

  it('the core imports itself, valibot and hash of node:crypto', () => {
    const wrong = outside.filter(
      ({ file, target, names }) =>
        layer(file) === 'core' &&
        target !== 'valibot' &&
        !(target === 'node:crypto' && names.join() === 'hash'),
    );
    expect(wrong.map(arrow)).toEqual([]);
  });

  it.each(Object.entries(KEPT))('%s has one door', (name, door) => {
    const wrong = outside.filter(
      ({ file, target }) => (target === name || target.startsWith(`${name}/`)) && !door.test(file),
    );
    expect(wrong.map(arrow)).toEqual([]);
  });

  it('no import is computed, and Node modules are named with node:', () => {
    const bare = [
      'child_process',
      'fs',
      'fs/promises',
      'path',
      'os',
      'crypto',
      'process',
      'module',
      'util',
      'url',
    ];
    expect(
      outside.filter(({ target }) => target === 'computed import' || bare.includes(target)).map(arrow),
    ).toEqual([]);
  });

  it('bin/mpa.js imports dist/cli/main.js and nothing else', () => {
    const found = importsOf('bin/mpa.js').map(({ target }) => target);
    expect(found).toEqual(['dist/cli/main.js'.replace(/\.js$/, '.ts')]);
  });
});

describe('what the code does not do', () => {
  it('nothing but cli/main.ts ends the process', () => {
    expect(
      uses(sources, /process\.(exit|exitCode|reallyExit|abort)\b/).filter(
        (file) => file !== 'src/cli/main.ts',
      ),
    ).toEqual([]);
  });

  it('the core reads no clock and makes no chance', () => {
    const core = sources.filter((file) => layer(file) === 'core');
    expect(
      uses(
        core,
        /Date\.now|new Date\(\s*\)|\bDate\(\s*\)|performance\.|Math\.random|process\.|setTimeout|hrtime/,
      ),
    ).toEqual([]);
  });

  it('below the command line nobody reads the environment or the terminal', () => {
    const below = sources.filter((file) => ['core', 'ledger', 'workflows'].includes(layer(file)));
    expect(uses(below, /process\.(env|argv|stdin|stdout|stderr|cwd)\b|console\./)).toEqual([]);
  });

  it('no switch for time: the environment names no clock', () => {
    expect(uses(sources, /MPA_(NOW|TIME|CLOCK|DATE)|FAKETIME|SOURCE_DATE_EPOCH/)).toEqual([]);
  });
});

describe('the repository', () => {
  it('no source file is longer than 300 lines', () => {
    const long = sources.filter((file) => readFileSync(file, 'utf8').split('\n').length > 301);
    expect(long).toEqual([]);
  });

  it('its top level is the agreed list', () => {
    const agreed = [
      '.ci',
      '.gitignore',
      '.npmrc',
      '.prettierignore',
      '.prettierrc.json',
      'LICENSE',
      'SECURITY.md',
      'README.md',
      'bin',
      'docs',
      'eslint.config.js',
      'examples',
      'knip.json',
      'package-lock.json',
      'package.json',
      'rolldown.config.js',
      'src',
      'test',
      'tsconfig.json',
      'vitest.config.ts',
    ];
    const top = new Set(tracked.map((file) => file.split('/')[0] ?? ''));
    expect([...top].filter((name) => !agreed.includes(name))).toEqual([]);
  });

  it('no file names the host of a package registry, and the lock file no download address', () => {
    const hosts = /registry\.(npm|yarn)|npmmirror\.|npm\.pkg\.|unpkg\.|jsr\.io/;
    const named = tracked.filter(
      (file) => file !== 'test/architecture.test.ts' && hosts.test(readFileSync(file, 'latin1')),
    );
    expect(named).toEqual([]);
    expect(readFileSync('package-lock.json', 'utf8')).not.toMatch(/"resolved"/);
  });
});
