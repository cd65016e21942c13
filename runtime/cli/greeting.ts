/** What the terminal shows when the platform runs: where it is and what to do next, in lines that work when pasted. */
import type { Settings } from '../../settings.ts';
import type { Sample } from '../sample/sample.ts';

interface Addresses {
  readonly url: string;
  readonly mqttPort: number;
  readonly fresh: boolean;
}

export function greeting(
  settings: Settings,
  { url, mqttPort, fresh }: Addresses,
  sample: (Sample & { readonly tab: string | undefined }) | undefined,
): string {
  const password = settings.adminPassword === undefined ? 'admin' : '$DOJOT_ADMIN_PASSWORD';
  const lines = [
    '',
    'dojot is running.',
    '',
    `  Log in        ${url}/   (user admin, password ${settings.adminPassword === undefined ? 'admin' : 'as set at the first start'})`,
    `  Flow editor   ${url}/editor/admin/${sample?.tab === undefined ? '' : `#flow/${sample.tab}`}`,
    `  API           ${url}/api`,
    `  MQTT          ${settings.host}:${mqttPort}`,
    `  Data          ${settings.dataDir}`,
    '',
    ...(sample ? sampleLines(settings.host, url, mqttPort, fresh, sample, password) : []),
    'Ctrl-C stops it.',
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function sampleLines(
  host: string,
  url: string,
  mqttPort: number,
  fresh: boolean,
  sample: Sample,
  password: string,
): string[] {
  const identity = `${sample.tenant}:${sample.thermometer}`;
  const logIn = JSON.stringify({ username: 'admin', passwd: password });
  const body = password.startsWith('$') ? `"${logIn.replaceAll('"', '\\"')}"` : `'${logIn}'`;
  return [
    fresh
      ? 'The data folder was empty, so a sample was made: a thermometer that says something every second, a flow that'
      : 'The sample of an earlier start is there: a thermometer that says something every second, a flow that',
    'watches it, and a virtual device that shows what the flow makes of it. `npm start -- --no-sample` makes none.',
    '',
    'Say something as the thermometer:',
    '',
    `  mosquitto_pub -h ${host} -p ${mqttPort} -u ${identity} -t ${identity}/attrs -q 1 -m '{"temperature": 31.5, "humidity": 40}'`,
    '',
    'Log in, then read what the flow made of it:',
    '',
    `  JWT=$(curl -s -X POST ${url}/auth -H 'Content-Type: application/json' -d ${body} | sed 's/.*"jwt":"\\([^"]*\\)".*/\\1/')`,
    `  curl -s -H "Authorization: Bearer $JWT" '${url}/history/device/${sample.virtual}/history?lastN=5'`,
    '',
  ];
}
