import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { comparePolicies } from '../../core/compare.js';
import { inForce } from '../../core/counting.js';
import { exact } from '../../core/show.js';
import type { PolicyRecord } from '../../core/state.js';
import type { View } from '../../ledger/ledger.js';
import { shortId } from '../../workflows/find.js';
import { look } from '../../workflows/look.js';
import { recordOf } from '../../workflows/policy-problems.js';
import { policyProposal } from '../../workflows/policy-requests.js';
import { textDiff } from '../../workflows/text-diff.js';
import type { Workspace } from '../../workflows/workspace.js';
import type { CliContext, Invocation } from '../invocation.js';
import { flag } from '../options.js';
import { differenceLines } from '../policy-difference.js';
import { refusal } from '../policy-findings.js';
import { checkText, policyFile } from '../policy-input.js';
import { policyYaml } from '../policy-yaml.js';

/** Two policies to be compared. */
interface Compared {
  readonly title: string;
  readonly before: PolicyRecord;
  readonly after: PolicyRecord;
  /** What else is to be said; empty: nothing. */
  readonly note: string;
}

/** An argument that could be an id is one; a file of such a name is given as `./NAME`. */
function isFile(typed: string, cwd: string): boolean {
  if (/^[0-9a-f]{7,64}$/i.test(typed)) return false;
  return typed === '-' || existsSync(resolve(cwd, typed)) || /[./]/.test(typed);
}

async function ofFile(typed: string, context: CliContext, ws: Workspace, view: View): Promise<Compared> {
  const file = await policyFile(typed, context);
  const { findings, policy, base } = await checkText(file, context, { ws, view });
  const refused = refusal(file.file, findings, true);
  if (refused !== null || policy === null) throw refused ?? new Error('a policy without errors is there');
  const before = (base === null ? undefined : view.state.policies.get(base)) ?? inForce(view.state);
  const live = before.id === view.state.current;
  return {
    title: `${exact(typed)} against policy ${shortId(before.id)}${live ? ', which is in force' : ''}`,
    before,
    after: recordOf(policy, ws.certificates),
    note: live
      ? ''
      : `Policy ${shortId(view.state.current)} is in force now. Merge with it: mpa policy rebase ${exact(typed)}`,
  };
}

async function ofRequest(typed: string, ws: Workspace, view: View): Promise<Compared> {
  const { request, event, base, next, live } = await policyProposal(ws, view, typed);
  const id = shortId(request.id);
  const applied = request.closed?.as === 'applied';
  return {
    title: `${id}, proposed by ${event.actor}, against policy ${shortId(base.id)}${live ? ', which is in force' : ''}`,
    before: base,
    after: next,
    note:
      live || applied || request.closed !== null
        ? ''
        : `It is stale: policy ${shortId(view.state.current)} is in force now. Merge with it: mpa policy rebase ${id}`,
  };
}

/** mpa policy diff ID|FILE: what changes in words, then line by line, with fingerprints in place of certificates. */
export async function diff({ args, options }: Invocation, context: CliContext): Promise<undefined> {
  const { out, setup } = context;
  const typed = args[0] ?? '';
  const ws = await context.workspace();
  const view = await out.during('Fetching', () => look(ws, flag(options, 'offline')));
  const compared = isFile(typed, setup.cwd)
    ? await ofFile(typed, context, ws, view)
    : await ofRequest(typed, ws, view);
  const { title, before, after, note } = compared;
  const differences = comparePolicies(before, after);
  out.document({ base: before.id, differences });
  if (out.json) return;
  const paint = out.paint.bind(out);
  out.result([paint('strong', title), ...differenceLines(differences, paint)].join('\n'));
  if (differences.length > 0) out.result(['', ...(await lineByLine(before, after, paint))].join('\n'));
  if (note !== '') out.warn(note);
}

async function lineByLine(
  before: PolicyRecord,
  after: PolicyRecord,
  paint: CliContext['out']['paint'],
): Promise<string[]> {
  const [a, b] = await Promise.all(
    [before, after].map(({ policy, ring }) => policyYaml(policy, { keys: 'fingerprint', ring })),
  );
  const lines = await textDiff(`${a ?? ''}\n`, `${b ?? ''}\n`);
  if (lines === null) return ['The two have too little in common to be compared line by line.'];
  const marks = { place: 'dim', removed: 'bad', added: 'good', same: null, note: 'dim' } as const;
  const signs = { place: '', removed: '-', added: '+', same: ' ', note: '\\' } as const;
  return lines.map(({ kind, text }) => {
    const row = `${signs[kind]}${exact(text)}`;
    const mark = marks[kind];
    return mark === null ? row : paint(mark, row);
  });
}
