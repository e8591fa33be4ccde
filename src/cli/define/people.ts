import type { Command } from 'commander';
import { does, several, type Group } from './define.js';
import { proposalFlags } from './proposal.js';

const OFFLINE = ['--offline', 'do not contact the remote'] as const;
const KEY = ['--key <file>', 'their exported public key'] as const;
const IDENTITY = [
  ['--name <name>', "their name, where the key's is not the one to use"],
  ['--email <address>', "their address, where the key's is not the one to use"],
] as const;

function identified(command: Command): Command {
  for (const [flags, words] of IDENTITY) command.option(flags, words);
  return command;
}

/** member, group, executor: the everyday changes of a policy, each of them a proposal that others approve. CLI.md, Governing. */
export const people: Group = (program, chosen) => {
  const member = program
    .command('member')
    .description('who is in the ledger: add, remove, rotate a key, list');
  does(
    proposalFlags(
      identified(
        member
          .command('add')
          .description(
            'propose a new member, or with --recovery the offline key for the day when another is lost',
          )
          .argument('[handle]', 'what the policy calls them; `recovery` with --recovery')
          .requiredOption(...KEY)
          .option('--group <group>', 'a group that they join; a new one comes into being (several)', several)
          .option('--unix <login>', 'a login by which machines know them (several)', several)
          .option('--recovery', 'a key kept offline, which changes of the policy name and no rule'),
      ),
    ),
    chosen,
    async () => ({ run: (await import('../commands/member.js')).add }),
  );
  does(
    proposalFlags(member.command('remove').description('propose that a member goes').argument('<handle>')),
    chosen,
    async () => ({ run: (await import('../commands/member.js')).remove }),
  );
  does(
    proposalFlags(
      member
        .command('rotate')
        .description('propose a new key for a member, or the renewed one')
        .argument('<handle>')
        .requiredOption(...KEY)
        .option('--add', 'keep the keys that are listed, and list this one beside them'),
    ),
    chosen,
    async () => ({ run: (await import('../commands/member.js')).rotate }),
  );
  does(
    member
      .command('list')
      .description('who they are, their keys, and what they may ask and approve')
      .option(...OFFLINE),
    chosen,
    async () => ({ run: (await import('../commands/member.js')).list }),
  );

  const group = program.command('group').description('the groups that rules name');
  does(
    proposalFlags(
      group
        .command('add')
        .description('propose members for a group, which comes into being with its first')
        .argument('<group>')
        .argument('<handles...>'),
    ),
    chosen,
    async () => ({ run: (await import('../commands/group.js')).add }),
  );
  does(
    proposalFlags(
      group
        .command('remove')
        .description('propose that members leave a group, which goes with its last')
        .argument('<group>')
        .argument('<handles...>'),
    ),
    chosen,
    async () => ({ run: (await import('../commands/group.js')).remove }),
  );
  does(
    group
      .command('list')
      .description('the groups, who is in them, and which rules name them')
      .option(...OFFLINE),
    chosen,
    async () => ({ run: (await import('../commands/group.js')).list }),
  );

  const executor = program.command('executor').description('the machines that may run approved commands');
  does(
    proposalFlags(
      identified(
        executor
          .command('add')
          .description(
            'propose a new executor; a rule that is to name it is another change (mpa policy edit)',
          )
          .argument('<handle>')
          .requiredOption(...KEY),
      ),
    ),
    chosen,
    async () => ({ run: (await import('../commands/executor.js')).add }),
  );
  does(
    proposalFlags(
      executor.command('remove').description('propose that an executor goes').argument('<handle>'),
    ),
    chosen,
    async () => ({ run: (await import('../commands/executor.js')).remove }),
  );
  does(
    proposalFlags(
      executor
        .command('rotate')
        .description('propose a new key for an executor, or the renewed one')
        .argument('<handle>')
        .requiredOption(...KEY)
        .option('--add', 'keep the keys that are listed, and list this one beside them'),
    ),
    chosen,
    async () => ({ run: (await import('../commands/executor.js')).rotate }),
  );
  does(
    executor
      .command('list')
      .description('the executors, their keys, and the rules that name them')
      .option(...OFFLINE),
    chosen,
    async () => ({ run: (await import('../commands/executor.js')).list }),
  );
};
