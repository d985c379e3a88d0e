// Tests, intervals and promises of src/stats on simulated experiments; writes the table of docs/statistics.md.
import { writeFileSync } from "node:fs";
import { renderPage } from "./simulations/page.ts";
import { simulations } from "./simulations/simulations.ts";

const page = renderPage(simulations.flatMap(({ run }) => run()));
writeFileSync(new URL("../docs/statistics.md", import.meta.url), page);
console.log(page.slice(page.indexOf("|")).trimEnd());
