import { describe, expect, it } from "vitest";
import { longestText } from "../../src/classifier/tokenize.ts";
import { startCpuTime } from "../support/cpu-time.ts";
import { drawTopics } from "./draw-topics.ts";
import { shares, topLabel, train } from "./train.ts";

describe("createPredictor", () => {
  it("answers the mean of the targets to a text that says nothing", async () => {
    const examples = [
      ...drawTopics(300, 1),
      ...Array.from({ length: 100 }, () => ({ text: "x", target: { network: 1 } })),
    ];
    const { predict } = await train(examples);
    const priors = {
      network: expect.closeTo(0.5, 2),
      printing: expect.closeTo(0.25, 2),
      storage: expect.closeTo(0.25, 2),
    };
    for (const text of ["", "   \n", "?!", "\u0000", "qqqzzz jjjkkk"])
      expect(shares(predict(text))).toEqual(priors);
  });

  it("adds up to 1", async () => {
    const { predict } = await train(drawTopics(90, 1));
    const sum = predict("toner in the vpn").probabilities.reduce((total, value) => total + value, 0);
    expect(sum).toBeCloseTo(1, 12);
  });

  it("does not change an answer that was given before", async () => {
    const { predict } = await train(drawTopics(90, 1));
    const first = predict("toner tray");
    const copy = [...first.probabilities];
    predict("wifi router");
    expect([...first.probabilities]).toEqual(copy);
    expect(predict("toner tray")).toEqual(first);
  });

  it("reads the beginning of a huge text, in little time", async () => {
    const { predict } = await train(drawTopics(90, 1));
    const huge = `toner tray ${"wifi ".repeat(2_000_000)}`;
    expect(predict(huge)).toEqual(predict(huge.slice(0, longestText)));
    // A quadratic pass over ten million characters would take minutes; the bound leaves room for a busy machine.
    const cpuMs = startCpuTime();
    predict(`toner${"a".repeat(10_000_000)}`);
    predict("\ufdfa".repeat(1_000_000));
    expect(cpuMs()).toBeLessThan(2_000);
  });

  it.each([
    ["Chinese", "打印机坏了", "网络断开", "我的打印机"],
    ["Japanese", "プリンターが動かない", "ネットワークに繋がらない", "プリンター"],
    ["Thai", "เครื่องพิมพ์เสีย", "เน็ตใช้ไม่ได้", "เครื่องพิมพ์"],
    ["Arabic", "الطابعة لا تعمل", "الشبكة مقطوعة", "الطابعة"],
    ["Hindi", "प्रिंटर खराब है", "नेटवर्क बंद", "प्रिंटर"],
    ["Cyrillic", "принтер не печатает", "сеть недоступна", "принтеры"],
    ["emoji", "🖨️ 😡", "📶 😡", "🖨️"],
  ])("tells texts in %s apart", async (_, printing, network, asked) => {
    const { predict } = await train([
      { text: printing, target: { printing: 1 } },
      { text: network, target: { network: 1 } },
    ]);
    expect(topLabel(predict(asked))).toBe("printing");
  });
});
