/** Plain aedes: acknowledges without storing. The peer of the `ingest` bench. */
import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { serve } from './serve.ts';

const broker = await Aedes.createBroker();
const server = createServer({ noDelay: true }, broker.handle);
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve));
const address = server.address();

await serve(typeof address === 'object' ? address?.port : undefined, async () => {
  broker.close();
  server.close();
});
