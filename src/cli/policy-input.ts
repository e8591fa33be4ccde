import { dirname, resolve } from 'node:path';
import { MpaError } from '../core/errors.js';
import { exact } from '../core/show.js';
import type { View } from '../ledger/ledger.js';
import { checkPolicy, type Checked } from '../workflows/policy-check.js';
import type { Workspace } from '../workflows/workspace.js';
import { readNamed } from './files.js';
import type { CliContext } from './invocation.js';
import { baseOf } from '../workflows/policy-source.js';
import { keyReader } from './policy-keys.js';

/** The text of a policy that somebody wrote. */
export interface PolicyText {
  /** What it is called in messages: as it was typed. */
  readonly file: string;
  /** Paths of keys in it are relative to this. */
  readonly folder: string;
  readonly text: string;
}

/** A ledger that a policy file is read beside. */
export interface Beside {
  readonly ws: Workspace;
  readonly view: View;
}

/** Reads a policy file; `-` is standard input. Errors: `usage` where it cannot be read, `invalid-policy` where it is no text. */
export async function policyFile(typed: string, { setup }: CliContext): Promise<PolicyText> {
  const path = resolve(setup.cwd, typed);
  const bytes = await readNamed(typed === '-' ? '/dev/stdin' : path, 'FILE');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { file: typed, folder: typed === '-' ? setup.cwd : dirname(path), text };
  } catch (cause) {
    throw new MpaError('invalid-policy', `${exact(typed)} is no UTF-8 text.`, {
      cause,
      hint: 'Save it as UTF-8; `mpa policy show` prints a policy to begin with.',
    });
  }
}

/** All that is wrong with a policy text, judged beside a ledger, or by itself where none is joined. */
export async function checkText(
  { text, folder }: PolicyText,
  context: CliContext,
  beside: Beside | null,
): Promise<Checked> {
  const certificates = beside?.ws.certificates ?? (await context.setup.tools()).certificates;
  const state = beside?.view.state ?? null;
  const read = keyReader(context, { folder, certificates, state, base: baseOf(text) });
  return checkPolicy(text, { certificates, read, now: context.clock.now(), state });
}

/** The ledger that is joined here; null: none. Errors: those of CliContext.workspace, but `not-joined`. */
export async function workspaceIfJoined(context: CliContext): Promise<Workspace | null> {
  try {
    return await context.workspace();
  } catch (error) {
    if (error instanceof MpaError && error.code === 'not-joined') return null;
    throw error;
  }
}
