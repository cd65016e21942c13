/** Runs the platform until a signal ends it. */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { createLog } from '../../platform-services/kit/log.ts';
import { isLoopback, type Settings } from '../../settings.ts';
import { type Platform, projectFolder, startPlatform } from '../main.ts';
import { declineSample, openSample, type Sample } from '../sample/sample.ts';
import { startThermometer } from '../sample/thermometer.ts';
import { collectStartGarbage } from '../start-garbage.ts';
import { greeting, type ShownSample } from './greeting.ts';

/** The greeting waits no longer for the first result of the sample, ms; it comes within one second. */
const longestSilenceMs = 5000;

/** `sample`: make the sample on an empty folder (loopback only), and let its simulated thermometer speak. */
export async function runCommand(settings: Settings, { sample: wanted }: { sample: boolean }): Promise<number> {
  const log = createLog(settings.logLevel, settings.logFormat);
  const ended = endOfSignals();
  /** To the person at the terminal; machines that read the log as JSON get a line of it. */
  const say = (text: string, line = text) => {
    if (settings.logFormat === 'json') log.info(line);
    else process.stdout.write(`${text}\n`);
  };
  // Otherwise Node opens its debugger, and with it every secret, to whoever on this machine sends the signal.
  process.on('SIGUSR1', () => log.debug('SIGUSR1 is ignored'));
  const wantsSample = wanted && isLoopback(settings.host);
  const platform = await startPlatform(settings, log, wantsSample);
  const found = await sampleOf(platform, wantsSample).catch((error: unknown) =>
    platform.stop().then(() => Promise.reject(error)),
  );
  const sample = found?.sample;
  const thermometer = sample
    ? startThermometer({
        host: settings.host,
        port: platform.mqttPort,
        identity: `${sample.tenant}:${sample.thermometer}`,
        log: log.part('thermometer'),
      })
    : undefined;
  if (found?.isNew) await Promise.race([firstResult(platform, found.sample), ended]);
  say(greeting(settings, platform, found && (await seen(platform, found))), `dojot is running at ${platform.url}/`);
  const callOff = collectStartGarbage();

  const signal = await ended;
  say(`Stopping (${signal}): no new connections, finishing what is on its way, closing the files.`);
  callOff();
  await thermometer?.stop();
  await platform.stop();
  say('Stopped.');
  return 0;
}

async function sampleOf(platform: Platform, isWanted: boolean): ReturnType<typeof openSample> {
  if (isWanted) return openSample({ ...platform, flowFile: join(projectFolder, 'flows', 'thermometer.json') });
  await declineSample(platform.store);
  return undefined;
}

/** Resolves when the sample has something to show, so that what is printed shows it when it is pasted at once. */
async function firstResult({ history }: Platform, { tenant, virtual }: Sample): Promise<void> {
  const deadline = performance.now() + longestSilenceMs;
  while (performance.now() < deadline) {
    if (await history.hasRows(tenant, virtual)) return;
    await setTimeout(50);
  }
}

/** The sample with the tab of its flow; undefined when the user has removed that. */
async function seen(platform: Platform, { sample, isNew }: { sample: Sample; isNew: boolean }): Promise<ShownSample> {
  const { flowIds } = await platform.flows.runnable(sample.tenant);
  const tab = Object.entries(flowIds).find(([, flowId]) => flowId === sample.flow)?.[0];
  return { ...sample, isNew, tab };
}

/**
 * The first of the signals that end the platform. They are caught from before the start on; repeated ones (npm passes
 * Ctrl-C on to a process that the terminal has told already) change nothing.
 */
function endOfSignals(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
  });
}
