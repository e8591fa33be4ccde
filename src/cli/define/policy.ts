import type { Command } from 'commander';
import { does, type Group } from './define.js';
import { proposalFlags } from './proposal.js';

const OFFLINE = ['--offline', 'do not contact the remote'] as const;

/** policy show, edit, propose, diff, check, test, rebase. CLI.md, Governing. */
export const policy: Group = (program, chosen) => {
  const group = program.command('policy').description('the policy in force, and how it is changed');
  const command = (name: string, description: string): Command =>
    group.command(name).description(description);

  does(
    command('show', 'print the policy in force')
      .option('--yaml', 'as YAML (the default)')
      .option('--summary', 'in words')
      .option(...OFFLINE),
    chosen,
    async () => ({ run: (await import('../commands/policy.js')).show }),
  );
  does(
    proposalFlags(command('edit', 'change the policy in your editor, and propose it')),
    chosen,
    async () => ({ run: (await import('../commands/policy-edit.js')).edit }),
  );
  does(
    proposalFlags(
      command('propose', 'propose the policy in a file').argument('<file>', 'or - for standard input'),
    ),
    chosen,
    async () => ({ run: (await import('../commands/policy-propose.js')).propose }),
  );
  does(
    command('diff', 'what a proposal, or the policy in a file, changes')
      .argument('<id|file>')
      .option(...OFFLINE),
    chosen,
    async () => ({ run: (await import('../commands/policy-diff.js')).diff }),
  );
  does(
    command('check', 'find what is wrong with the policy in a file')
      .argument('<file>', 'or - for standard input')
      .option('--anyway', 'take what is unwise')
      .option(...OFFLINE),
    chosen,
    async () => ({ run: (await import('../commands/policy-check.js')).check }),
  );
  does(
    proposalFlags(
      command('rebase', 'make a stale proposal again on the policy in force').argument(
        '<id|file>',
        'a proposal, or a file that `policy show` began',
      ),
    ),
    chosen,
    async () => ({ run: (await import('../commands/policy-rebase.js')).rebase }),
  );
  does(
    command('test', 'which rule would decide about a command (after `--`), and who could approve it')
      .usage('[options] -- COMMAND...')
      .option('--as <handle>', 'who would ask (default: you)')
      .option('--access <resource>', 'access to a resource in place of a command')
      .option('--file <file>', 'by the policy in a file')
      .option('--host <name>', 'the machine it would run on (default: this one)')
      .option('--user <login>', 'the login it would run as (default: yours)')
      .option('--program <path>', 'the absolute path that the command stands for')
      .option('--executor <handle>', 'the executor that would run it')
      .option(...OFFLINE),
    chosen,
    async () => ({ run: (await import('../commands/policy-test.js')).test }),
  );
};
