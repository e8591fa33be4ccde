import { examine } from '../../workflows/doctor.js';
import { doubtful, failing, fine, type Finding } from '../../workflows/findings.js';
import { exact } from '../../core/show.js';
import { checked, gitFinding, keyFindings, leftovers, permissionFindings } from '../check-setup.js';
import type { Config } from '../config.js';
import type { CliContext, Invocation } from '../invocation.js';
import { findingText, findingView } from '../layout-findings.js';
import { EXIT, REPORT } from '../report.js';

/** `mpa doctor`: looks at everything, and ends with the exit status of the first thing that stops work. CLI.md, Governing. */
export async function run({ options }: Invocation, context: CliContext): Promise<number> {
  const { out, folders } = context;
  const rehearsed = options['rehearseRecovery'];
  if (rehearsed !== undefined) {
    const { rehearse } = await import('../rehearse-recovery.js');
    return rehearse(typeof rehearsed === 'string' ? rehearsed : null, context);
  }
  const findings: Finding[] = [];
  const add = (more: readonly Finding[]): void => {
    findings.push(...more);
    for (const finding of more) out.result(findingText(finding, out.paint.bind(out)));
  };
  add(await checked('git', () => gitFinding(context)));
  add(await permissionFindings(context));
  const config = await configOf(context, add);
  add(await checked('keys', () => keyFindings(context, config)));
  if (config !== null) {
    add(await checked('leftovers', () => leftovers(context, config)));
    if (Object.keys(config.ledgers).length === 0) {
      add([doubtful('ledger', 'none was joined here', 'mpa join REMOTE --anchor ID, or mpa init')]);
    } else add(await ledgerFindings(context));
  }
  out.document({ ok: findings.every(({ level }) => level !== 'bad'), findings: findings.map(findingView) });
  out.talk(
    `Configuration: ${exact(folders.config)}. Keys: ${exact(folders.keys)}. State: ${exact(folders.state)}.`,
  );
  return exitOf(findings);
}

/** The exit status of the first thing that stops work; 0 where nothing does. */
export function exitOf(findings: readonly Finding[]): number {
  const first = findings.find(({ level, code }) => level === 'bad' && code !== null);
  if (first?.code === undefined || first.code === null) return EXIT.done;
  return REPORT[first.code].exit;
}

async function configOf(
  { setup }: CliContext,
  add: (more: readonly Finding[]) => void,
): Promise<Config | null> {
  try {
    const config = await setup.config();
    const names = Object.keys(config.ledgers);
    add([
      fine('configuration', names.length === 0 ? 'it can be read' : `ledgers joined: ${names.join(', ')}`),
    ]);
    return config;
  } catch (error) {
    add([failing('configuration', error)]);
    return null;
  }
}

/** Of the ledger that was asked for, or the only one. */
async function ledgerFindings(context: CliContext): Promise<readonly Finding[]> {
  return checked('ledger', async () => {
    const ws = await context.workspace();
    return context.out.during('Fetching', () => examine(ws));
  });
}
