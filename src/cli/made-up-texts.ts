import { createRandom } from "../stats/random.ts";

/**
 * Texts of nobody, for what has to be the same in every engine and language: scripts, signs and lengths that they
 * treat differently, and words by lot, which meet features of any model by the chance of their hashes.
 */
export function makeUpTexts(): readonly string[] {
  const random = createRandom("made-up texts");
  const pick = (from: string) => from[Math.floor(random() * from.length)]!;
  const word = () =>
    Array.from(
      { length: 1 + Math.floor(random() * 4) },
      () => pick("bdfglmnprstvw") + pick("aeiou") + pick("lnrst "),
    )
      .join("")
      .trim();
  const sentences = Array.from({ length: 24 }, (_, index) =>
    Array.from({ length: 3 + 2 * index }, word).join(" "),
  );
  return [...peculiar, ...sentences];
}

const peculiar = [
  "",
  " \t\n",
  "...!?",
  "The printer on floor 3 doesn't print, again",
  "DON’T PANIC: it's 42° and 1½ hours late",
  "Straße, ÅNGSTRÖM, naïve café, cafe\u0301, İSTANBUL ıstanbul",
  "ΟΔΥΣΣΕΥΣ ΣΑΣ Σ ΑΣ. Α\u00adΣ ς",
  "Привет, как дела? ЁЖИК",
  "こんにちは、プリンターが動きません。ｶﾞｷﾞ",
  "打印机坏了 請幫忙 한국어 \u1112\u1161\u11ab\u1100\u1173\u11af",
  "ภาษาไทย ที่นี่ ລາວ ខ្មែរ မြန်မာ བོད་ཡིག",
  "हिन्दी में लिखा हुआ, தமிழ் মেঘ \u09c7\u09be",
  "مرحبا ﷺ ﻻ בְּרֵאשִׁית",
  "ﬁle ﬀ ㎏ Ⅷ ① ｆｕｌｌ ｗｉｄｔｈ 𝐁𝐨𝐥𝐝 𝟘𝟙",
  "٠١٢٣ ०१२ 0123 room 4711",
  "🙂👩‍💻🏳️‍🌈 ✂️ ™ © 5️⃣",
  "q\u0323\u0307 q\u0307\u0323 d\u0323\u0307\u0345 \u0301a",
  "half a pair \ud83d and \ude00 the other",
  "a\u0000b\u0007c\u2028d\ufeffe",
  "𐐀𐐨 𞤀𞤢 ᲀ Ა ა ꭰ Ꭰ",
  `${"é".repeat(10_050)} ${"word ".repeat(2_500)}`,
  `${"x".repeat(19_999)}😀`,
];
