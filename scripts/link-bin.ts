// Makes `npx distill` work in this repository itself: npm links the programs of dependencies, not of the root.
import { existsSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = new URL("../node_modules/.bin", import.meta.url).pathname;
if (existsSync(folder)) {
  const link = join(folder, "distill");
  rmSync(link, { force: true });
  if (process.platform === "win32") writeFileSync(`${link}.cmd`, '@node "%~dp0\\..\\..\\bin\\distill.js" %*\r\n');
  else symlinkSync("../../bin/distill.js", link);
}
