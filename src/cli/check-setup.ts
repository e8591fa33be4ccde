import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quoted } from '../core/show.js';
import { anyFit, doubtful, failing, fine, type Finding } from '../workflows/findings.js';
import type { Config } from './config.js';
import { isMissing, refuseReadable, refuseUnsafe } from './files.js';
import { guarded, ledgerFolders } from './folders.js';
import type { CliContext } from './invocation.js';
import { keyInUse } from './keys-in-use.js';

/** Runs a check that answers with findings, and takes its failure for one. */
export async function checked(
  what: string,
  check: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    return [failing(what, error)];
  }
}

/** git: there, and new enough. */
export async function gitFinding({ setup }: CliContext): Promise<Finding[]> {
  await (await setup.remotes()).checkGit();
  return [fine('git', 'there, and new enough')];
}

/** Who else could write what mpa trusts: each folder and file by itself. */
export async function permissionFindings({ folders, setup, env }: CliContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const path of guarded(folders)) {
    const found = await checked('permissions', () => {
      refuseUnsafe(path, setup.uid);
      return Promise.resolve([]);
    });
    findings.push(...found);
  }
  const passphrase = env.MPA_PASSPHRASE_FILE;
  if (passphrase !== undefined && passphrase !== '') {
    const found = await checked('permissions', async () => {
      await refuseReadable(passphrase, 'MPA_PASSPHRASE_FILE');
      return [];
    });
    findings.push(...found);
  }
  return findings.length > 0 ? findings : [fine('permissions', 'nobody else can write what mpa trusts')];
}

/** The key store: readable, which key is in use, whether it can sign now. */
export async function keyFindings({ setup, clock }: CliContext, config: Config | null): Promise<Finding[]> {
  const keys = await (await setup.keystore()).list();
  if (keys.length === 0)
    return [doubtful('keys', 'the key store is empty', 'mpa keygen, or mpa key import FILE')];
  const inUse = keyInUse(
    config?.key,
    keys.map(({ fingerprint }) => fingerprint),
    [],
  );
  if (inUse === null)
    return [doubtful('keys', `${keys.length} keys, and none is chosen`, 'mpa key use FINGERPRINT')];
  const key = keys.find(({ fingerprint }) => fingerprint === inUse);
  if (key === undefined) {
    return [
      {
        ...doubtful('keys', `the key in use, ${inUse}, is not in the key store`, 'mpa key use FINGERPRINT'),
        level: 'bad',
        code: 'no-key',
      },
    ];
  }
  if (!anyFit(key.certificate.keys, clock.now())) {
    return [
      {
        ...doubtful(
          'keys',
          `the key in use, ${inUse}, cannot sign now`,
          'mpa keygen, and have the policy list the new key',
        ),
        level: 'bad',
        code: 'unfit-key',
      },
    ];
  }
  return [fine('keys', `you sign with ${inUse}`)];
}

/** What a command that was killed left behind: drafts that nobody looks for, and clones of no ledger. */
export async function leftovers({ folders }: CliContext, config: Config): Promise<Finding[]> {
  const known = Object.values(config.ledgers).map(({ anchor }) => ledgerFolders(folders, anchor));
  const expected = new Set(known.flatMap(({ clone, state }) => [clone, state]));
  const found: string[] = [];
  for (const folder of [folders.ledgers, folders.state]) {
    for (const name of await namesIn(folder)) {
      const path = join(folder, name);
      if (!expected.has(path)) found.push(path);
    }
  }
  if (found.length === 0) return [];
  const drafts = found.filter((path) => /\/new-[0-9a-f]{12}(\.new-[0-9a-f]{12})?$/.test(path));
  const others = found.filter((path) => !drafts.includes(path));
  const findings: Finding[] = [];
  if (drafts.length > 0) {
    findings.push(
      doubtful(
        'leftovers',
        `${drafts.length} drafts of commands that were killed, or are at work now`,
        `rm -r ${quoted(drafts)}`,
      ),
    );
  }
  if (others.length > 0) {
    findings.push(
      doubtful(
        'leftovers',
        `of no ledger in the configuration: ${others.join(', ')}`,
        'Join that ledger again, or keep them: a state folder holds the record of spent uses',
      ),
    );
  }
  return findings;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
