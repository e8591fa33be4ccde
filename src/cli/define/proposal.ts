import type { Command } from 'commander';

/** The flags of every command that proposes a change of the policy: what cli/proposing.ts reads. */
export function proposalFlags(command: Command): Command {
  return command
    .option('-m, --reason <text>', 'why: what approvers read')
    .option('-F, --reason-file <file>', 'read the reason from a file, or from - (standard input)')
    .option('--within <duration>', 'how long it may wait for approval (default 7d, at most 30d)')
    .option('--anyway', 'propose it although it is unwise')
    .option('--yes', 'do not ask before signing');
}
