import { look } from '../../workflows/look.js';
import { exact } from '../../core/show.js';
import type { CliContext, Invocation } from '../invocation.js';
import { flag } from '../options.js';
import { findingDocuments, findingLines, verdictOf } from '../policy-findings.js';
import { checkText, policyFile, workspaceIfJoined } from '../policy-input.js';
import { EXIT } from '../report.js';

/** mpa policy check FILE: all that is wrong with it, each at its line, on stdout. Exit 1 where it could not be proposed. */
export async function check({ args, options }: Invocation, context: CliContext): Promise<number> {
  const { out } = context;
  const file = await policyFile(args[0] ?? '', context);
  const ws = await workspaceIfJoined(context);
  const view = ws === null ? null : await out.during('Fetching', () => look(ws, flag(options, 'offline')));
  const { findings } = await checkText(file, context, ws === null || view === null ? null : { ws, view });
  const reason = verdictOf(findings, flag(options, 'anyway'));
  out.document({ ok: reason === null, reason, problems: findingDocuments(findings) });
  const lines = findingLines(file.file, findings, (kind, text) => out.paint(kind, text));
  if (lines.length > 0) out.result(lines.join('\n'));
  const name = exact(file.file);
  if (reason === null) {
    const beside = ws === null ? ' No ledger is joined: it was judged by itself.' : '';
    out.talk(`${out.paint('good', `${name}: nothing stands in its way.`)}${beside}`);
    return EXIT.done;
  }
  if (!out.json) out.warn(`mpa: ${summary(name, findings.length, reason)} [${reason}]`);
  return EXIT.refused;
}

function summary(name: string, count: number, reason: 'invalid-policy' | 'unsafe-policy'): string {
  const things = count === 1 ? 'one thing is' : `${count} things are`;
  return reason === 'invalid-policy'
    ? `${name} is no policy that can be proposed: ${things} listed above.`
    : `${name} is valid and unwise: ${things} listed above. It takes --anyway.`;
}
