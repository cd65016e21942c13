/** Our MQTT agent on the embedded log, all its checks and counters on: a server process of the `ingest` bench. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteBus } from '../../platform-services/kit/bus/sqlite/sqlite-bus.ts';
import { systemClock } from '../../platform-services/kit/clock.ts';
import { createLog } from '../../platform-services/kit/log.ts';
import { createMetrics } from '../../platform-services/kit/metrics.ts';
import { createSqliteStore } from '../../platform-services/kit/store/sqlite/sqlite-store.ts';
import { mqttAgent } from '../../platform-services/mqtt-agent/index.ts';
import { serve } from './serve.ts';

const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'dojot-bench-ingest-'));
const log = createLog('warn', 'text', (line) => process.stderr.write(`${line}\n`));
const common = { clock: systemClock, log, metrics: createMetrics() };
const retention = { maxAgeMs: 3_600_000, maxBytes: 10 * 2 ** 30 };
const bus = await createSqliteBus({ ...common, file: join(folder, 'bus.db'), retention });
const store = await createSqliteStore({ ...common, file: join(folder, 'store.db') });
const agent = mqttAgent({
  ...common,
  bus,
  store,
  devices: { find: async (_tenant, id) => ({ id, label: id, templates: [], attributes: [] }) },
  options: { host: '127.0.0.1', port: 0, plainAllowed: true },
});
await agent.start();

await serve(agent.port(), async () => {
  await agent.stop();
  await bus.stop();
  await store.stop();
  rmSync(folder, { recursive: true });
});
