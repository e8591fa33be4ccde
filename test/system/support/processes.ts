import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Asks `probe` every 40 ms until it answers; throws with what `state` then says after `ms`. */
export async function until<T>(
  what: string,
  probe: () => T | null | Promise<T | null>,
  ms = 30_000,
  state: () => string = () => '',
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await probe();
    if (found !== null) return found;
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}\n${state()}`);
    await pause(40);
  }
}

/** A server that a test started. */
export interface Server {
  /** What it has printed. */
  said(): string;
  /** Ends it, by its own process id, and waits until it is gone. */
  stop(): Promise<void>;
}

/** Starts a program that stays in the foreground, and waits until `ready`. */
export async function serve(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  ready: () => Promise<boolean>,
): Promise<Server> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const keep = (text: string): void => {
    said = (said + text).slice(-20_000);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  child.on('error', (error) => keep(error.message));
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  const stop = async (): Promise<void> => {
    if (gone()) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  const probe = async (): Promise<true | null> => {
    if (gone()) throw new Error(`${program} ended at once\n${said}`);
    return (await ready()) ? true : null;
  };
  try {
    await until(`${program} to be ready`, probe, 20_000, () => said);
  } catch (error) {
    await stop();
    throw error;
  }
  return { said: () => said, stop };
}

/** A port of the loopback interface that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Whether somebody listens there. */
export async function answers(where: { port: number } | { path: string }): Promise<boolean> {
  return new Promise((done) => {
    const socket = 'port' in where ? connect(where.port, '127.0.0.1') : connect(where.path);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => {
      done(false);
    });
  });
}
