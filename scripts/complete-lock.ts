// After `npm install NAME` behind a mirror that lacks packages for other platforms, npm leaves them out of the
// lock, and `npm ci` then refuses it everywhere. This writes them back: name, version and platform, from the
// optional dependencies that packages declare. A platform's own package is still checked where it can be had.
import { readFileSync, writeFileSync } from "node:fs";

interface Entry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly optionalDependencies?: { readonly [name: string]: string };
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

const systems = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const processors = [
  "arm64",
  "arm",
  "ia32",
  "loong64",
  "mips64el",
  "ppc64",
  "riscv64",
  "s390x",
  "wasm32",
  "x64",
];

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8")) as { packages: Record<string, Entry> };
let added = 0;
for (const [, parent] of Object.entries(lock.packages))
  for (const [name, range] of Object.entries(parent.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    const platform = platformOf(name);
    if (lock.packages[place] !== undefined || platform === undefined || !/^\d+\.\d+\.\d+\S*$/.test(range))
      continue;
    lock.packages[place] = {
      version: range,
      ...platform,
      ...(parent.dev === true ? { dev: true } : {}),
      optional: true,
    };
    added++;
  }
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages of other platforms written back`);

function platformOf(name: string): Pick<Entry, "os" | "cpu"> | undefined {
  const parts = name.split(/[-/]/);
  const os = systems.find((one) => parts.includes(one));
  const cpu = processors.find(
    (one) =>
      parts.includes(one) || (one === "arm" && parts.some((part) => /^arm(v\d)?(eabi|hf)?$/.test(part))),
  );
  if (cpu === undefined) return undefined;
  return { cpu: [cpu], ...(os === undefined ? {} : { os: [os] }) };
}
