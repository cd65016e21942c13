/** The one shape of a service. */
import type { RouteGroup } from './http/route.ts';

export interface Service {
  readonly name: string;
  readonly routes?: readonly RouteGroup[];
  start(): Promise<void>;
  /** Closes everything `start` opened. */
  stop(): Promise<void>;
  /** Rejects with the reason when the service cannot do its work. */
  health(): Promise<void>;
}
