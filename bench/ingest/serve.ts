/** Tells the bench the port on standard output and lives until standard input ends. */
export async function serve(port: number | undefined, stop: () => Promise<void>): Promise<void> {
  process.stdout.write(`${port}\n`);
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once('end', resolve));
  await stop();
}
