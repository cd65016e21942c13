/**
 * `hop`: source → switch → change → template → sink, in one process without anything around it: stock Node-RED with its own
 * nodes against our nodes and scheduler with tracking and counters on. Goal: ≥ 3 × stock.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { HopReport } from './hop/measure.ts';
import { median, printTable, spread } from './support/table.ts';

const rounds = 5;
const sides = { stock: [] as HopReport[], ours: [] as HopReport[] };
for (let round = 0; round < rounds; round++) {
  sides.stock.push(runOnce('stock'));
  sides.ours.push(runOnce('ours'));
}

const perSecond = (reports: readonly HopReport[]) => reports.map((report) => report.perSecond / 1000);
const cpu = (reports: readonly HopReport[]) => reports.map((report) => report.cpuMicroseconds);
const times = (values: (reports: readonly HopReport[]) => number[]) =>
  median(values(sides.ours)) / median(values(sides.stock));
printTable(
  ['hop', 'stock Node-RED', 'dojot', 'dojot / stock', 'goal'],
  [
    ['k msg/s', spread(perSecond(sides.stock)), spread(perSecond(sides.ours)), times(perSecond).toFixed(1), '≥ 3'],
    ['CPU, µs per message', spread(cpu(sides.stock), 2), spread(cpu(sides.ours), 2), times(cpu).toFixed(2), ''],
  ],
);

function runOnce(side: keyof typeof sides): HopReport {
  const script = fileURLToPath(new URL(`./hop/${side}.ts`, import.meta.url));
  const output = execFileSync(process.execPath, ['--no-warnings', script], { encoding: 'utf8' });
  const { perSecond, cpuMicroseconds } = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  return { perSecond: Number(perSecond), cpuMicroseconds: Number(cpuMicroseconds) };
}
