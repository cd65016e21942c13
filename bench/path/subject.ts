/** What `path` measures: something that takes readings over MQTT and makes the result of a flow readable. */
export interface Subject {
  readonly name: string;
  readonly mqttPort: number;
  readonly clients: readonly { readonly identity: string; readonly topic: string }[];
  /** Process ids of all that serves. */
  pids(): number[];
  /** The sequence number of the newest readable result of a client; 0 when there is none. */
  newestResult(client: number): Promise<number>;
  stop(): Promise<void>;
}
