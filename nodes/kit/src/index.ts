export { explain, flag, messagePath, text, texts } from './config.ts';
export { coreHandler } from './core-node.ts';
export { type DeviceOutput, defineDeviceOutput } from './define-device-output.ts';
export { defineNode, type NodeContext, type NodeDefinition } from './define-node.ts';
export { defineTrigger, type TriggerDefinition } from './define-trigger.ts';
export { idleTime } from './idle-time.ts';
export { isJson, jsonCopy } from './json-copy.ts';
export type { MessageForm } from './kit-node.ts';
export {
  deletePath,
  type MessagePath,
  parsePath,
  peekPath,
  readPath,
  withoutInternals,
  writePath,
} from './message-path.ts';
export type * from './node-red.ts';
export { messageReader, messageWriter } from './node-red-path.ts';
export type * from './platform.ts';
export { createScheduler, type SchedulerOptions } from './scheduler.ts';
export { type TargetConfig, targetConfig, targetDevices } from './target-devices.ts';
