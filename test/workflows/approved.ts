import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandAction, Content } from '../../src/core/action.js';
import { exec, type Wanted } from '../../src/workflows/exec.js';
import type { Here } from '../../src/workflows/grant.js';
import type { Launch } from '../../src/workflows/launch.js';
import { request } from '../../src/workflows/request.js';
import { world, type World } from '../ledger/world.js';
import { codeOf, desk, recorder, workshop, type Desk } from './desk.js';

export function contentOf(bytes: string | Uint8Array, attached: boolean): Content {
  const whole = Buffer.from(bytes);
  return { sha256: createHash('sha256').update(whole).digest('hex'), size: whole.length, attached };
}

export const SQL = 'begin;\nupdate users set password = null;\ncommit;\n';
export const DUMP = Buffer.from([0, 1, 2, 3, 255]);

/** A workshop with files, and grants of alice's that pin them. */
export class Approved {
  readonly all: World;
  readonly alice: Desk;
  readonly here: Here;
  readonly folder: string;
  readonly action: CommandAction;

  private constructor(all: World) {
    const shop = workshop();
    this.all = all;
    this.alice = desk(all, all.alice);
    this.folder = shop.folder;
    this.here = shop.here;
    mkdirSync(this.path('deep'));
    this.action = {
      ...shop.action,
      argv: ['tool', '-f', 'rotate.sql', 'Case', 'two words', 'end ', 'prod', ''],
      pins: [
        { path: this.path('rotate.sql'), ...contentOf(SQL, true) },
        { path: this.path('dump'), ...contentOf(DUMP, false) },
        { path: this.path('empty'), ...contentOf('', false) },
      ],
    };
    this.restore();
  }

  static async make(): Promise<Approved> {
    return new Approved(await world());
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** The pinned files as they were approved. */
  restore(): void {
    for (const name of ['rotate.sql', 'dump', 'empty'])
      rmSync(this.path(name), { recursive: true, force: true });
    writeFileSync(this.path('rotate.sql'), SQL);
    writeFileSync(this.path('dump'), DUMP);
    writeFileSync(this.path('empty'), '');
  }

  /** Asks as alice, approves as bob; the id. */
  async grant(
    change: Partial<CommandAction> = {},
    attachments: readonly (string | Uint8Array)[] = [SQL],
    uses = 1,
  ): Promise<string> {
    const { record } = await request(this.alice.ws, {
      action: { ...this.action, ...change },
      justification: 'the password leaked',
      uses,
      attachments: attachments.map((each) => Buffer.from(each)),
    });
    await this.all.craft(this.all.bob, { type: 'approve', request: record.id });
    return record.id;
  }

  /** How an attempt ends: a code, or `done`; and what was started. */
  async attempt(
    wanted: Wanted,
    here: Here = this.here,
    during: (launch: Launch) => unknown = () => undefined,
  ): Promise<{ readonly code: string; readonly launches: readonly Launch[] }> {
    const { launcher, launches } = recorder({ code: 0 }, during);
    const code = await codeOf(exec(this.alice.ws, wanted, here, launcher));
    return { code, launches };
  }

  /** What an attempt is refused with. */
  async refusal(wanted: Wanted, here: Here = this.here): Promise<Error> {
    try {
      await exec(this.alice.ws, wanted, here, recorder().launcher);
    } catch (error) {
      if (error instanceof Error) return error;
    }
    throw new Error('it ran');
  }
}
