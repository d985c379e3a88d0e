#!/usr/bin/env node
// Checks the ground before anything is imported: an old Node fails in the middle of a file otherwise.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const sqlite = (process.versions.sqlite ?? "0").split(".").map(Number);
const isOlder = (version, least) => {
  for (let i = 0; i < least.length; i++)
    if ((version[i] ?? 0) !== least[i]) return (version[i] ?? 0) < least[i];
  return false;
};
const problem = isOlder([major, minor], [22, 13])
  ? `distill needs Node 22.13 or newer, and this is ${process.versions.node}.`
  : isOlder(sqlite, [3, 51, 3])
    ? `distill needs a Node with SQLite 3.51.3 or newer (older ones can lose writes), and this one has ${sqlite.join(".")}.`
    : undefined;

if (problem !== undefined) {
  process.stderr.write(
    `${problem}\nIn distill's own repository run it as "npx distill": that uses the Node 24 that npm ci installed.\nElsewhere install a newer Node (the latest 24) and try again.\n`,
  );
  process.exitCode = 2;
} else {
  const { enableCompileCache } = await import("node:module");
  enableCompileCache?.();
  try {
    await import("../dist/main.js");
  } catch (error) {
    if (error?.code !== "ERR_MODULE_NOT_FOUND" || !String(error.message).includes("dist/main.js"))
      throw error;
    process.stderr.write('distill is not built: run "npm run build" in its folder.\n');
    process.exitCode = 70;
  }
}
