/**
 * Takes from the process what only code that escaped a node would use: signals to other processes, another user id, and
 * native code. Files, children and threads are the permission model's; it restricts none of these. Imported before anything
 * else, so that no module keeps one of the functions.
 */

const taken = [
  ...['kill', '_kill', '_debugProcess', '_debugEnd', 'dlopen', 'binding'],
  ...['_linkedBinding', 'setuid', 'setgid', 'seteuid', 'setegid', 'setgroups', 'initgroups', 'execve'],
];

for (const name of taken) {
  if (!(name in process)) continue;
  const refuse = () => {
    throw new Error(`process.${name} is not there in the process of a tenant`);
  };
  Object.defineProperty(process, name, { value: refuse, writable: false, configurable: false, enumerable: false });
}
