/** What can go wrong with the agent as a whole; what goes wrong with one client is a `Refusal` (refusal.ts). */
import { catalogue } from '../kit/errors.ts';

export const mqttErrors = catalogue({
  PLAIN_MQTT_REFUSED: [
    500,
    (host) =>
      `MQTT without credentials is not offered on ${host}: listen on a loopback address, or declare the network trusted (DOJOT_MQTT_PLAIN=everywhere).`,
  ],
  MQTT_LISTEN_FAILED: [
    500,
    (address, reason) =>
      `MQTT cannot listen on ${address}: ${reason}. DOJOT_MQTT_PORT chooses another port, DOJOT_HOST another address.`,
  ],
  MQTT_NOT_LISTENING: [503, 'The MQTT listener is not open.'],
});
