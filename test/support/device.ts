/** A device on mqtt.js that does not come back by itself: it learns of every refusal. */
import mqtt from 'mqtt';

export function connectDevice(port: number, username: string, clientId?: string): Promise<mqtt.MqttClient> {
  return mqtt.connectAsync({
    ...{ host: '127.0.0.1', port, protocolVersion: 4, username, reconnectPeriod: 0 },
    ...(clientId === undefined ? {} : { clientId }),
  });
}

/** Whether one reading, published with QoS 1 over a connection of its own, was acknowledged before the connection ended. */
export async function isAcknowledged(port: number, identity: string, payload: string): Promise<boolean> {
  const device = await connectDevice(port, identity);
  try {
    return await new Promise<boolean>((resolve) => {
      device.once('close', () => resolve(false));
      device.publish(`${identity}/attrs`, payload, { qos: 1 }, (error) => resolve(!error));
    });
  } finally {
    await device.endAsync(true);
  }
}
