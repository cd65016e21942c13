#!/usr/bin/env node
/**
 * The `dojot` command. The platform needs the Node it pins (package `node`); started by an older one, it hands over to the
 * pinned one and stays only to pass on signals and the exit code. When it is killed, the channel between the two breaks, and
 * the platform ends as after a signal.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const needed = 24;

if (Number(process.versions.node.split('.')[0]) >= needed) {
  if (process.channel) {
    process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
    // To listen alone would keep the process from ending.
    process.channel.unref();
  }
  const { main } = await import('../dist/runtime/cli/main.js');
  process.exitCode = await main(process.argv.slice(2), process.env);
  // Ctrl-C must end it even when a handle was forgotten somewhere; that is a defect, so it is said.
  setTimeout(() => {
    process.stderr.write(`dojot had to be ended: still open were ${process.getActiveResourcesInfo().join(', ')}.\n`);
    process.exit();
  }, 500).unref();
} else {
  const pinned = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node');
  const child = spawn(pinned, [import.meta.filename ?? process.argv[1], ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}
