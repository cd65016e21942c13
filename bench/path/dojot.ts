import { apiWith, logIn } from '../../test/support/api.ts';
import { removeFolder, startPlatform } from '../../test/support/platform.ts';
import { createTwins } from '../../test/support/twins.ts';
import { family } from '../support/processes.ts';
import type { Subject } from './subject.ts';

/** The platform with `count` thermometers, each with a virtual twin that a flow on the template fills. */
export async function startDojot(count: number): Promise<Subject> {
  const platform = await startPlatform();
  const { token } = await logIn(platform.url);
  const api = apiWith(platform.url, token);
  const pairs = await createTwins(api, count);
  return {
    name: 'dojot (acknowledged after fsync)',
    mqttPort: platform.mqttPort,
    clients: pairs.map(({ sensor }) => ({ identity: `admin:${sensor}`, topic: `admin:${sensor}/attrs` })),
    pids: () => family(platform.pid),
    async newestResult(client) {
      const answer = await api.call('GET', `/history/device/${pairs[client]?.virtual}/history?attr=seq&lastN=1`);
      return answer.status === 200 ? Number(answer.json<{ value: number }[]>()[0]?.value) : 0;
    },
    async stop() {
      await platform.stop();
      removeFolder(platform.dataDir);
    },
  };
}
