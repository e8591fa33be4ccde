import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandAction } from '../../src/core/action.js';
import { attachmentsTo } from '../../src/workflows/attachments.js';
import { request } from '../../src/workflows/request.js';
import { policyOf, world } from '../ledger/world.js';
import { contentOf, SQL } from './approved.js';
import { desk, workshop } from './desk.js';

describe('§6 a rule that wants files to be pinned', () => {
  it('refuses before anything is signed, and names the argument and the flag; pinned, it is written, and its bytes are in the ledger', async () => {
    const [rule] = policyOf([], {}).rules;
    if (rule === undefined) throw new Error('a rule');
    const strict = await world({ policy: { rules: [{ ...rule, pins: ['*.sql'] }] } });
    const { action: plain, folder } = workshop();
    const path = join(folder, 'rotate it.sql');
    writeFileSync(path, SQL);
    const action: CommandAction = { ...plain, argv: ['tool', '-f', 'rotate it.sql'] };
    const alice = desk(strict, strict.alice);
    await expect(request(alice.ws, { action, justification: 'why' })).rejects.toMatchObject({
      code: 'bad-pins',
      hint: "Argument 2, 'rotate it.sql', must name a pinned file: --pin FILE pins one.",
    });
    expect(alice.unlocked()).toBe(0);
    const pins = [{ path, ...contentOf(SQL, true) }];
    const written = await request(alice.ws, {
      action: { ...action, pins },
      justification: 'why',
      attachments: [Buffer.from(SQL)],
    });
    const found = await attachmentsTo(alice.ws.store, written.record);
    expect([...found.values()].map((bytes) => Buffer.from(bytes ?? []).toString())).toEqual([SQL]);
  });
});
