import { describe, expect, it } from 'vitest';
import { ask, world, write } from './world.js';

describe('a cheap look for news', () => {
  it('has moved before anything was read, and no more once it was', async () => {
    const { ledger } = (await world()).home();
    expect(await ledger.moved()).toBe(true);
    await ledger.refresh();
    expect(await ledger.moved()).toBe(false);
  });

  it('sees what others push, fetches none of it, and is content once it was read', async () => {
    const w = await world();
    const home = w.home();
    const { tip } = await home.ledger.refresh();
    await w.craft(w.bob, ask());
    expect(await home.ledger.moved()).toBe(true);
    expect(await home.store.tip()).toBe(tip.commit);
    await home.ledger.refresh();
    expect(await home.ledger.moved()).toBe(false);
  });

  it('what another process on this machine has fetched is still news to this one', async () => {
    const w = await world();
    const home = w.home();
    await home.ledger.refresh();
    await w.craft(w.bob, ask());
    await home.again().ledger.refresh();
    expect(await home.ledger.moved()).toBe(true);
  });

  it('its own push is no news', async () => {
    const w = await world();
    const home = w.home();
    await write(home, w.alice, ask());
    expect(await home.ledger.moved()).toBe(false);
  });

  it('a branch that is gone, or set back, is news', async () => {
    const w = await world();
    const { ledger } = w.home();
    const { tip } = await ledger.refresh();
    w.remote.branch = null;
    expect(await ledger.moved()).toBe(true);
    w.remote.branch = tip.commit;
    expect(await ledger.moved()).toBe(false);
  });

  it('a remote that nobody can reach says so', async () => {
    const w = await world();
    const { ledger } = w.home();
    await ledger.refresh();
    w.remote.down = true;
    await expect(ledger.moved()).rejects.toMatchObject({ code: 'remote-unreachable' });
  });
});
