import { does, type Group } from './define.js';

/** policy show and the rest of it. CLI.md, Governing. */
export const policy: Group = (program, chosen) => {
  const command = program.command('policy').description('the policy in force');
  does(
    command
      .command('show')
      .description('print the policy in force')
      .option('--yaml', 'as YAML (the default)')
      .option('--offline', 'do not contact the remote'),
    chosen,
    async () => ({ run: (await import('../commands/policy.js')).show }),
  );
};
