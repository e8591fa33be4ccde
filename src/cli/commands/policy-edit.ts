import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inForce } from '../../core/counting.js';
import { MpaError } from '../../core/errors.js';
import type { PolicyRecord } from '../../core/state.js';
import { shortId } from '../../workflows/find.js';
import type { CliContext, Invocation } from '../invocation.js';
import { flag } from '../options.js';
import { cleaned, edited, type Edited, type Objections } from '../policy-edit.js';
import { findingLines, verdictOf } from '../policy-findings.js';
import { checkText, type Beside, type PolicyText } from '../policy-input.js';
import { policyYaml } from '../policy-yaml.js';
import { proposing } from '../proposing.js';
import { canAsk, editorOf } from '../reason.js';
import { edit as openEditor } from '../runner.js';

const GUIDE = [
  'Edit, save and leave the editor: then you are shown what changes, and asked.',
  'Nothing of it is in force until others approve it. To give up, change nothing.',
  '',
  'members    handle: {name, email, keys, unix: [logins]}. A key that is new here:',
  '           the path of an exported public key (mpa key export); name and email',
  '           may be left out then. Those there stand as their fingerprints.',
  'groups     name: [handles]; `everyone` is all members.',
  'rules      in order: the first whose `match` covers what is asked decides.',
  "           match: {command: [psql, '**']}, {access: 'ssh/*'} or {any: true};",
  "           in a pattern * is anything, a last '**' any further arguments.",
  '           approvals: a list of {count, from}, each place another person, never',
  '           the one who asks. requesters, justification: {minLength}, ticket:',
  '           {pattern}, executors, pins, env, stdin, enforceEnd: where wanted.',
  'changes    what a change of this policy takes: a list of {count, from}.',
  'tests      {requester, command or access, expect: a rule or no-rule, ...}.',
];

/** The policy in force for an editor: what it means on top, keys as fingerprints. */
async function draftOf({ id, policy, ring }: PolicyRecord): Promise<string> {
  const guide = GUIDE.map((row) => `# ${row}`.trimEnd());
  return [`# policy ${id}`, ...guide, await policyYaml(policy, { keys: 'fingerprint', ring }), ''].join('\n');
}

/** An editor on this terminal, over a file that is only there meanwhile. */
async function onTerminal(text: string, { env }: CliContext): Promise<Edited> {
  const folder = await mkdtemp(join(tmpdir(), 'mpa-'));
  try {
    // Editors know by the name what to highlight.
    const file = join(folder, 'policy.yaml');
    await writeFile(file, text, { mode: 0o600 });
    const well = await openEditor(editorOf(env), file);
    const now = await readFile(file, 'utf8').catch(() => null);
    return now === null ? { text, well: false } : { text: now, well };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the text where the person is, under a name that is free; elsewhere where that cannot be written. */
async function keep(text: string, name: string, cwd: string): Promise<string> {
  for (const where of [() => Promise.resolve(cwd), () => mkdtemp(join(tmpdir(), 'mpa-policy-'))]) {
    const folder = await where();
    for (let i = 1; i <= 100; i += 1) {
      const path = join(folder, i === 1 ? `${name}.yaml` : `${name}-${i}.yaml`);
      try {
        await writeFile(path, text, { flag: 'wx', mode: 0o600 });
        return path;
      } catch (error) {
        const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
        if (!taken) break;
      }
    }
  }
  throw new MpaError('disk', 'What you wrote could not be kept: no folder takes a file.');
}

/** What stands in the way of a text, by the lines of the file that the person sees. */
async function objections(
  file: PolicyText,
  beside: Beside,
  context: CliContext,
  anyway: boolean,
): Promise<Objections | null> {
  const { findings } = await checkText(file, context, beside);
  const verdict = verdictOf(findings, anyway);
  if (verdict === null) return null;
  const against = findings.filter(({ level }) => level !== 'warn');
  const way = verdict === 'unsafe-policy' ? ['To have it so: mpa policy edit --anyway'] : [];
  return (shift) => {
    const moved = against.map((finding) => ({ ...finding, line: finding.line + shift }));
    return [...findingLines('line', moved, (_, text) => text), ...way];
  };
}

/** mpa policy edit: the policy in force in an editor, again until it is right, then proposed. Nothing that was written is lost. */
export async function edit(invocation: Invocation, context: CliContext): Promise<undefined> {
  const { out, setup } = context;
  if (!canAsk(context)) {
    throw new MpaError('answer-needed', 'An editor needs a terminal.', {
      hint: 'Without one: mpa policy show > FILE, edit it, mpa policy propose FILE -m REASON',
    });
  }
  const ws = await context.workspace();
  const view = await out.during('Fetching', () => ws.ledger.refresh());
  const current = inForce(view.state);
  const anyway = flag(invocation.options, 'anyway');
  const asFile = (text: string): PolicyText => ({ file: 'policy.yaml', folder: setup.cwd, text });
  const keepIt = (text: string): Promise<string> => keep(text, `policy-${shortId(current.id)}`, setup.cwd);
  const text = await edited(await draftOf(current), {
    open: (shown) => onTerminal(shown, context),
    objections: (written) => objections(asFile(written), { ws, view }, context, anyway),
    keep: keepIt,
  });
  try {
    const { policy } = await checkText(asFile(text), context, { ws, view });
    if (policy === null) throw new Error('a policy without errors is there');
    await proposing(invocation, context, ws, { change: () => policy, base: current.id });
  } catch (error) {
    const file = await keepIt(cleaned(text));
    out.warn(`What you wrote is kept in ${file}.`);
    if (!(error instanceof MpaError)) throw error;
    const command = error.code === 'stale' ? 'rebase' : 'propose';
    throw new MpaError(error.code, error.message, {
      cause: error,
      hint: `${error.code === 'stale' || error.hint === undefined ? '' : `${error.hint}\n  `}Go on with it: mpa policy ${command} ${file}`,
    });
  }
}
