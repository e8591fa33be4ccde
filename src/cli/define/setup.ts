import { Option } from 'commander';
import { does, several, type Group } from './define.js';
import { proposalFlags } from './proposal.js';

/** keygen, key, init, join, status. CLI.md, Set-up. */
export const setup: Group = (program, chosen) => {
  does(
    program
      .command('keygen')
      .description('make an OpenPGP signing key (Ed25519) in the key store')
      .option('--name <name>', 'your name, as others will read it')
      .option('--email <address>', 'your e-mail address')
      .option('--no-passphrase', 'keep the private key unencrypted on disk')
      .option('--expires <duration>', 'when it expires, as 2y; never unless given'),
    chosen,
    () => import('../commands/keygen.js'),
  );

  const key = program.command('key').description('the key store, and which key you sign with');
  does(key.command('list').description('the keys in the key store'), chosen, async () => ({
    run: (await import('../commands/key.js')).list,
  }));
  does(
    key
      .command('export')
      .description('print the public certificate, for `mpa init --member` or `gpg --import`')
      .argument('[fingerprint]', 'which key; the one in use unless given')
      .option('--out <file>', 'write it to a file'),
    chosen,
    async () => ({ run: (await import('../commands/key.js')).exportPublic }),
  );
  does(
    key
      .command('import')
      .description('take a private key that gpg exported (gpg --export-secret-keys)')
      .argument('<file>', 'the exported key'),
    chosen,
    async () => ({ run: (await import('../commands/key.js')).importPrivate }),
  );
  does(
    key.command('use').description('sign with this key from now on').argument('<fingerprint>'),
    chosen,
    async () => ({ run: (await import('../commands/key.js')).use }),
  );

  does(
    proposalFlags(
      key
        .command('renew')
        .description('have your key end later, and propose the new certificate where a ledger lists it')
        .argument('[fingerprint]', 'which key; the one in use unless given')
        .option('--expires <duration>', 'from now on: 2y (the default), 90d, or never')
        .option('--no-propose', 'renew the key, and propose nothing'),
    ),
    chosen,
    () => import('../commands/key-renew.js'),
  );

  does(
    program
      .command('init')
      .description('write the first event of a new ledger: its members, rules and anchor')
      .argument('<remote>', 'a git URL or a path; a path that does not exist is made a bare repository')
      .requiredOption('--name <name>', "the ledger's name")
      .requiredOption('--as <handle>', 'your handle in it')
      .option('--member <handle=file>', 'another founding member and their public key (several)', several)
      .option('--policy <file>', 'groups, executors, rules and changes, as YAML or JSON')
      .option('--recovery-key <file>', 'a public key kept offline, for the day when another is lost')
      // init asks nothing; scripts that give --yes everywhere may give it here.
      .addOption(new Option('--yes').hideHelp()),
    chosen,
    () => import('../commands/init.js'),
  );

  does(
    program
      .command('join')
      .description('verify a whole ledger and pin its anchor')
      .argument('<remote>', 'a git URL or a path')
      .option('--anchor <id>', 'the full anchor that a founder told you')
      .option('--head <commit>', 'refuse a branch without this commit, which someone else saw')
      .option('--as <handle>', 'your handle; found by your key unless given')
      .option('--name <name>', 'what you call this ledger on this machine'),
    chosen,
    () => import('../commands/join.js'),
  );

  does(
    program
      .command('status')
      .description('who you are, which ledger, how fresh, and what waits for you')
      .option('--offline', 'do not contact the remote'),
    chosen,
    () => import('../commands/status.js'),
  );
};
