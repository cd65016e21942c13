import { afterEach, expect, test } from '@jest/globals';
import type { Bus } from '../../kit/bus/bus.ts';
import { type Rig, startRig } from './support/agent.ts';
import { closeRawClients } from './support/raw-client.ts';
import { stubbornDevice } from './support/stubborn-device.ts';

let rig: Rig;
let isFailing = false;

afterEach(async () => {
  isFailing = false;
  closeRawClients();
  await rig.stop();
});

/** Always the same numbers (xorshift), though not at the same moments. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

const failingAtTimes = (bus: Bus, random: (below: number) => number): Bus => ({
  ...bus,
  publish: async (topic, messages) => {
    if (isFailing && random(3) === 0) throw new Error('the disk is full');
    await bus.publish(topic, messages);
  },
});

/** Three devices publish for so many rounds, each of which ends with a change for the worse or for the better. */
async function hardTimes(rounds: number, atTheEndOf: (round: number) => Promise<void> | void) {
  const random = randomNumbers(7);
  rig = await startRig({ wrapBus: (bus) => failingAtTimes(bus, random) });
  const devices = (['efac', 'abcd', 'beef'] as const).map((id, index) => ({
    id,
    device: stubbornDevice(() => rig.port, id, index === 1 ? 2 : 1, random),
  }));
  for (let round = 0; round < rounds; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    await atTheEndOf(round);
  }
  isFailing = false;
  await Promise.all(devices.map(({ device }) => device.finish()));
  const readings = await rig.readings();
  return devices.map(({ id, device: { acknowledged } }) => ({
    acknowledged: [...acknowledged].toSorted((a, b) => a - b),
    stored: readings.filter(({ metadata }) => metadata.deviceid === id).map(({ attrs }) => Number(attrs.seq)),
  }));
}

test('what is acknowledged is stored once and in order, however often connections break and the platform restarts', async () => {
  const outcomes = await hardTimes(12, (round) => (round % 4 === 3 ? rig.restart() : undefined));
  for (const { acknowledged, stored } of outcomes) {
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(stored).toEqual(acknowledged);
  }
});

test('nothing acknowledged is lost, however often the log cannot be written', async () => {
  const outcomes = await hardTimes(12, () => {
    isFailing = !isFailing;
  });
  for (const { acknowledged, stored } of outcomes) {
    expect(acknowledged.length).toBeGreaterThan(0);
    expect([...new Set(stored)].toSorted((a, b) => a - b)).toEqual(acknowledged);
  }
});
