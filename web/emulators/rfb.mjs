/**
 * The little of a VNC client that presses keys: RFC 6143 without security, pictures thrown
 * away. Bochs' display plug-in `rfb` is the server.
 */

import { once } from "node:events";
import net from "node:net";

/** RFC 6143 section 7.5.4: message type 4, down flag, two bytes of padding, 32-bit keysym. */
function keyEvent(keysym, down) {
  const message = Buffer.alloc(8);
  message[0] = 4;
  message[1] = down ? 1 : 0;
  message.writeUInt32BE(keysym, 4);
  return message;
}

/**
 * Connects and shakes hands.
 *
 * @param {number} port TCP port on this machine
 * @returns {Promise<{key: (keysym: number, down: boolean) => void, close: () => void}>}
 */
export async function connectKeyboard(port) {
  const socket = net.connect(port, "127.0.0.1");
  await once(socket, "connect");

  let received = Buffer.alloc(0);
  let wake = () => {};
  socket.on("data", (data) => {
    received = Buffer.concat([received, data]);
    wake();
  });
  const closed = new Promise((_, refuse) => {
    socket.on("error", refuse);
    socket.on("close", () => refuse(new Error("the VNC server closed the connection")));
  });
  closed.catch(() => {});
  const read = async (count) => {
    while (received.length < count) {
      await Promise.race([new Promise((resolve) => (wake = resolve)), closed]);
    }
    const taken = received.subarray(0, count);
    received = received.subarray(count);
    return taken;
  };

  const version = (await read(12)).toString("latin1"); // section 7.1.1
  if (!version.startsWith("RFB ")) throw new Error(`no VNC server: it greets with "${version}"`);
  socket.write("RFB 003.003\n");
  const security = (await read(4)).readUInt32BE(); // section 7.1.2 as in protocol 3.3: 1 is None
  if (security !== 1) throw new Error(`the VNC server wants security type ${security}`);
  socket.write(Buffer.from([1])); // ClientInit: shared
  const name = (await read(24)).readUInt32BE(20); // ServerInit, section 7.3.2
  await read(name);

  // From here on only pictures come, and nobody looks at them.
  socket.removeAllListeners("data");
  socket.resume();
  return {
    key: (keysym, down) => socket.write(keyEvent(keysym, down)),
    close: () => socket.destroy(),
  };
}
