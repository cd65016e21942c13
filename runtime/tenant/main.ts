/**
 * The process of one tenant. Its environment is empty, it holds no secret and no client; all it may do goes through the
 * channel on file descriptor 3. It ends when the channel does, so it cannot outlive its supervisor.
 */
import './disarm.ts';
import { Socket } from 'node:net';
import type { StartOrder, ToTenant } from '../protocol/messages.ts';
import { openSupervisorLink } from './supervisor-link.ts';
import { startTenant, type Tenant } from './tenant.ts';

/** A terminal's Ctrl-C reaches the whole group; when this process stops is the supervisor's decision. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

let tenant: Promise<Tenant> | undefined;
const supervisor = openSupervisorLink(new Socket({ fd: 3 }), (message) => void obey(message), leave);

async function obey(message: Exclude<ToTenant, { kind: 'answer' }>): Promise<void> {
  switch (message.kind) {
    case 'start':
      tenant ??= start(message.order);
      return;
    case 'ping':
      return supervisor.tell({ kind: 'pong', id: message.id });
    case 'events':
      return (await tenant)?.take(message.events);
    case 'deploy':
      return (await tenant)?.deploy(message);
    case 'stop':
      await (await tenant)?.stop();
      supervisor.flush();
      leave();
  }
}

async function start(order: StartOrder): Promise<Tenant> {
  try {
    const started = await startTenant(order, supervisor);
    // What escapes a node's own error handling harms that node's branch, not the tenant (contract §7 "errors").
    process.on('unhandledRejection', (reason) =>
      started.stray('A promise was rejected and nobody waited for it', reason),
    );
    process.on('uncaughtException', (error) => started.stray('An error was thrown outside a node', error));
    return started;
  } catch (error) {
    supervisor.tell({ kind: 'log', level: 'error', text: `The tenant cannot start: ${String(error)}`, fields: {} });
    supervisor.flush();
    return process.exit(1);
  }
}

function leave(): never {
  process.exit(0);
}
