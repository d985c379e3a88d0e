import { type CalibrationItem, fixedSequenceThreshold } from "../../src/stats/fixed-sequence.ts";
import { createRandom } from "../../src/stats/random.ts";
import { countExperiments, drawForEach, type Finding, type Simulation } from "./finding.ts";

const promise = { max: 0.05, confidence: 0.95 };

/** The cascade's promise, on a population whose risk at each threshold is known. */
export const cascadePromise: readonly Simulation[] = [
  { title: "the cascade's promise on new traffic", run: keepPromise },
];

// Confidence c is uniform and a loss has probability (1 − c)/2. So the risk at threshold t, on endless new
// traffic, is (1 − t)²/4; it passes .05 below t = .553.
function keepPromise(): readonly Finding[] {
  const kept = (threshold: number | null) => threshold === null || (1 - threshold) ** 2 / 4 <= promise.max;
  const random = createRandom("cascade promise");
  const calibrate = (n: number) =>
    drawForEach(() =>
      fixedSequenceThreshold(
        Array.from({ length: n }, () => drawItem(random)),
        promise,
      ),
    );
  const of = "fixedSequenceThreshold";
  const measure = "promise kept";
  const promised = { is: "at least", rate: promise.confidence } as const;
  const large = calibrate(1000);
  const small = calibrate(200);
  const copied = drawForEach(() =>
    fixedSequenceThreshold(
      Array.from({ length: 200 }, () => drawItem(random)).flatMap((item) => Array(5).fill(item)),
      promise,
    ),
  );
  return [
    {
      of,
      setting: "calibrated on 200 items, a risk of at most 5 %",
      measure,
      promised,
      ...countExperiments((i) => kept(small[i]!.threshold)),
    },
    {
      of,
      setting: "calibrated on 1,000 items",
      measure,
      promised,
      ...countExperiments((i) => kept(large[i]!.threshold)),
    },
    {
      of,
      setting: "calibrated on 200 groups of 5 items that fare alike",
      measure,
      promised: null,
      ...countExperiments((i) => kept(copied[i]!.threshold)),
    },
    {
      of,
      setting: "on 1,000 items, the lowest threshold with at most 5 % of losses seen",
      measure,
      promised: null,
      ...countExperiments((i) => {
        const { curve } = large[i]!;
        return kept(curve.findLast(({ losses }) => losses <= 1000 * promise.max)?.threshold ?? null);
      }),
    },
  ];
}

function drawItem(random: () => number): CalibrationItem {
  const confidence = random();
  return { confidence, loss: random() < (1 - confidence) / 2 ? 1 : 0 };
}
