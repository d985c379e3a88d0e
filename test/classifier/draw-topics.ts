import type { Example } from "../../src/classifier/train-classifier.ts";
import { createRandom } from "../../src/stats/random.ts";

const vocabularies = {
  network: ["wifi", "vpn", "router", "cable", "dns", "proxy"],
  printing: ["toner", "paper", "printer", "tray", "scanner", "ink"],
  storage: ["folder", "backup", "quota", "drive", "restore", "file"],
};
const common = ["my", "is", "the", "broken", "again", "please", "help", "since", "monday"];

/** Short tickets of three topics whose words do not overlap, among words that all of them share. */
export function drawTopics(count: number, seed: number): readonly (Example & { readonly topic: string })[] {
  const random = createRandom(seed);
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)]!;
  const names = Object.keys(vocabularies) as (keyof typeof vocabularies)[];
  return Array.from({ length: count }, (_, i) => {
    const topic = names[i % names.length]!;
    const words = [
      pick(common),
      pick(vocabularies[topic]),
      pick(common),
      pick(vocabularies[topic]),
      pick(common),
    ];
    return { text: words.join(" "), target: { [topic]: 1 }, topic };
  });
}
