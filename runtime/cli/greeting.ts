/** What the terminal shows when the platform runs: where it is and what to do next, in lines that work when pasted. */
import type { Settings } from '../../settings.ts';
import type { Platform } from '../main.ts';
import type { Sample } from '../sample/sample.ts';

type Running = Pick<Platform, 'url' | 'mqttPort' | 'administratorPassword'>;

export interface ShownSample extends Sample {
  /** Made by this start. */
  readonly isNew: boolean;
  /** Of its flow in the editor. */
  readonly tab: string | undefined;
}

export function greeting(
  settings: Pick<Settings, 'host' | 'dataDir'>,
  running: Running,
  sample: ShownSample | undefined,
): string {
  const { url, mqttPort, administratorPassword } = running;
  const lines = [
    '',
    'dojot is running.',
    '',
    `  Log in        ${url}/   (user admin, password ${administratorPassword === 'default' ? 'admin' : 'as it was set'})`,
    `  Flow editor   ${url}/editor/admin/${sample?.tab === undefined ? '' : `#flow/${sample.tab}`}`,
    `  API           ${url}/api`,
    `  MQTT          ${settings.host}:${mqttPort}`,
    `  Data          ${settings.dataDir}`,
    '',
    ...(sample ? sampleLines(settings.host, running, sample) : []),
    'Ctrl-C stops it.',
    '',
  ];
  return lines.join('\n');
}

function sampleLines(host: string, { url, mqttPort, administratorPassword }: Running, sample: ShownSample): string[] {
  const identity = `${sample.tenant}:${sample.thermometer}`;
  const isDefault = administratorPassword === 'default';
  const logIn = JSON.stringify({ username: 'admin', passwd: isDefault ? 'admin' : '$DOJOT_ADMIN_PASSWORD' });
  const body = isDefault ? `'${logIn}'` : `"${logIn.replaceAll('"', '\\"')}"`;
  return [
    sample.isNew
      ? 'The data folder was empty, so a sample was made: a thermometer that says something every second, a flow that'
      : 'The sample of an earlier start is there: a thermometer that says something every second, a flow that',
    'watches it, and a virtual device that shows what the flow makes of it. `npm start -- --no-sample` makes none.',
    '',
    'Say something as the thermometer:',
    '',
    `  mosquitto_pub -h ${host} -p ${mqttPort} -u ${identity} -t ${identity}/attrs -q 1 -m '{"temperature": 31.5, "humidity": 40}'`,
    '',
    isDefault
      ? 'Log in, then read what the flow made of it:'
      : 'Log in with the password that DOJOT_ADMIN_PASSWORD holds in your shell, then read what the flow made of it:',
    '',
    `  JWT=$(curl -s -X POST ${url}/auth -H 'Content-Type: application/json' -d ${body} | sed 's/.*"jwt":"\\([^"]*\\)".*/\\1/')`,
    `  curl -s -H "Authorization: Bearer $JWT" '${url}/history/device/${sample.virtual}/history?lastN=5'`,
    '',
  ];
}
