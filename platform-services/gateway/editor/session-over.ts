/** What leads an open editor to the log-in when its session is over: answers in the words its own code waits for. */
import { createHash } from 'node:crypto';

/** Node-RED asks `auth/login` how its user may log in; this is how it leaves for another page (`RED.user.login`). */
export const logInElsewhere = { type: 'strategy', prompts: [], autoLogin: true, loginRedirect: '/' };

/**
 * Takes a websocket, says that the session is over (`RED.comms`) and closes it: why a handshake was refused is nothing a
 * page gets to know, and the editor would try again for ever.
 *
 * @param key the client's `Sec-WebSocket-Key`
 */
export function sessionOver(key: string): Buffer {
  const head = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptOf(key)}`,
    '',
    '',
  ];
  const message = Buffer.from(JSON.stringify({ auth: 'fail' }));
  // RFC 6455 §5.2: a text frame (0x1) and a close frame (0x8), each whole; §7.4.1: 1008 is a violated policy.
  const text = Buffer.concat([Buffer.from([0x81, message.length]), message]);
  const close = Buffer.from([0x88, 2, 1008 >> 8, 1008 & 0xff]);
  return Buffer.concat([Buffer.from(head.join('\r\n')), text, close]);
}

/** RFC 6455 §4.2.2, step 5.4. */
function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
