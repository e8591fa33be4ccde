import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandAction } from '../../src/core/action.js';
import type { Exit } from '../../src/core/events.js';
import { formatTime } from '../../src/core/time.js';
import type { EventBody } from '../../src/ledger/ledger.js';
import { createCertificateReader } from '../../src/signing/certificate.js';
import type { Here } from '../../src/workflows/grant.js';
import type { Launch, Launcher } from '../../src/workflows/launch.js';
import type { Workspace } from '../../src/workflows/workspace.js';
import { random, type Home, type Someone, type World } from '../ledger/world.js';
import { place } from '../support/places.js';

export const MACHINE = { host: 'prod-1', user: 'deploy' };

/** A person at a machine that has joined: what a workflow is handed. `who` null: a reader. */
export interface Desk {
  readonly ws: Workspace;
  readonly home: Home;
  /** How often the signer was asked for: nobody types a passphrase for what is refused. */
  unlocked(): number;
}

export function desk(world: World, who: Someone | null, home: Home = world.home()): Desk {
  let unlocked = 0;
  const ws: Workspace = {
    name: 'prod',
    remote: 'memory',
    ledger: home.ledger,
    store: home.store,
    certificates: createCertificateReader(),
    spent: home.spent,
    handle: who?.handle ?? null,
    fingerprint: who?.signer.fingerprint ?? null,
    signer: () => {
      unlocked += 1;
      return who === null ? Promise.reject(new Error('a reader signs nothing')) : Promise.resolve(who.signer);
    },
    clock: world.clock,
    random,
    machine: MACHINE,
    quarters: () => Promise.reject(new Error('no executor')),
    notice: (line) => home.notices.push(line),
  };
  return { ws, home, unlocked: () => unlocked };
}

/** A folder with an executable `tool`, and how things are there. */
export function workshop(): { here: Here; action: CommandAction; folder: string } {
  const folder = place();
  mkdirSync(join(folder, 'bin'));
  const program = join(folder, 'bin', 'tool');
  writeFileSync(program, '#!/bin/sh\n');
  chmodSync(program, 0o755);
  const here: Here = {
    cwd: folder,
    path: join(folder, 'bin'),
    terminal: false,
    stdinFile: null,
    machine: MACHINE,
  };
  const action: CommandAction = { kind: 'command', argv: ['tool', 'x'], ...MACHINE, program, cwd: folder };
  return { here, action, folder };
}

/** A request of an action, as its writer makes it at `at`. */
export function asking(action: CommandAction, at: number, more: { uses?: number } = {}): EventBody {
  return {
    type: 'request',
    action,
    justification: 'because it must be done',
    approveBy: formatTime(at + 3600),
    duration: 3600,
    uses: more.uses ?? 1,
  };
}

/** Puts a request of alice's that bob has approved straight onto the branch; its id. */
export async function granted(
  world: World,
  action: CommandAction,
  more: { uses?: number } = {},
): Promise<string> {
  const { clock, alice, bob } = world;
  await world.craft(alice, asking(action, clock.now(), more));
  const view = await world.home().ledger.refresh();
  const id = [...view.state.requests.keys()].at(-1) ?? '';
  await world.craft(bob, { type: 'approve', request: id });
  return id;
}

/** A launcher that remembers what it was told and starts nothing. `during`: looks around while the command would run. */
export function recorder(
  exit: Exit = { code: 0 },
  during: (launch: Launch) => unknown = () => undefined,
): { launcher: Launcher; launches: Launch[] } {
  const launches: Launch[] = [];
  const launcher: Launcher = async (launch) => {
    launches.push(launch);
    await during(launch);
    return { exit, millis: 5 };
  };
  return { launcher, launches };
}

/** The code of what a promise is refused with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
    throw error;
  }
}
