import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What happens to one connection. Bytes are counted from its beginning, by direction. */
export interface Disturbance {
  /** Which connection, from 0, since the last `reset`; absent: every one. */
  readonly connection?: number;
  /** Both ends are cut once so many bytes came from the client. */
  readonly afterSent?: number;
  /** Both ends are cut once so many bytes came from the server. */
  readonly afterReceived?: number;
  /** In place of the server's bytes: these, and then the end. */
  readonly garbage?: Uint8Array;
  /** The server's bytes come one by one, so many milliseconds apart, up to 2,000 of them; then as they are. */
  readonly drip?: number;
}

/** Bytes that one connection carried. */
export interface Traffic {
  sent: number;
  received: number;
}

/** Stands between a client and a server on the loopback interface. */
export interface Proxy {
  readonly port: number;
  /** Forgets the connections so far, and disturbs those to come. */
  reset(disturbance?: Disturbance): void;
  readonly traffic: readonly Traffic[];
  stop(): Promise<void>;
}

export async function startProxy(server: number): Promise<Proxy> {
  let traffic: Traffic[] = [];
  let disturbance: Disturbance | null = null;
  const open = new Set<Socket>();

  const carry = (client: Socket): void => {
    const mine: Traffic = { sent: 0, received: 0 };
    const plan = [undefined, traffic.length].includes(disturbance?.connection) ? disturbance : null;
    traffic.push(mine);
    const upstream = connect(server, '127.0.0.1');
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    const cut = (): void => {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    };
    if (plan?.afterSent === 0 || plan?.afterReceived === 0) cut();
    client.on('data', (bytes: Buffer) => {
      const left = (plan?.afterSent ?? Infinity) - mine.sent;
      mine.sent += bytes.length;
      upstream.write(bytes.subarray(0, left), () => {
        if (bytes.length >= left) cut();
      });
    });
    let dripping = plan?.drip === undefined ? 0 : 2000;
    const queue: Buffer[] = [];
    const drip = (): void => {
      const next = queue.shift();
      if (next === undefined || client.destroyed) return;
      client.write(next.subarray(0, 1));
      if (next.length > 1) queue.unshift(next.subarray(1));
      dripping -= 1;
      if (dripping > 0) setTimeout(drip, plan?.drip ?? 0);
      else for (const rest of queue.splice(0)) client.write(rest);
    };
    upstream.on('data', (bytes: Buffer) => {
      if (plan?.garbage !== undefined) {
        client.end(plan.garbage);
        upstream.destroy();
        return;
      }
      const left = (plan?.afterReceived ?? Infinity) - mine.received;
      mine.received += bytes.length;
      if (dripping > 0) {
        queue.push(bytes);
        if (queue.length === 1) setTimeout(drip, plan?.drip ?? 0);
        return;
      }
      client.write(bytes.subarray(0, left), () => {
        if (bytes.length >= left) cut();
      });
    });
  };

  const listener = createServer(carry).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    reset: (next) => {
      traffic = [];
      disturbance = next ?? null;
    },
    get traffic() {
      return traffic;
    },
    stop: async () => {
      for (const socket of open) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}
