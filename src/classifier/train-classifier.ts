import { createRandom } from "../stats/random.ts";
import { fitSoftmax } from "./fit-softmax.ts";
import type { Hyperparameters } from "./hyperparameters.ts";
import { type ClassifierModel, quantizeWeights } from "./model.ts";
import { labelsOf, logPriors, type Target, temperTargets } from "./targets.ts";
import { createVectorizer, createVocabularyCounter, type Vocabulary } from "./vocabulary.ts";

/** A text and what should be said of it. */
export interface Example {
  readonly text: string;
  readonly target: Target;
}

/** What a classifier is trained on, and how. */
export interface ClassifierTask {
  /** At least one. */
  readonly examples: readonly Example[];
  readonly hyperparameters: Hyperparameters;
  readonly seed: number | string;
  /** Called after each epoch, which begin at 1, with its mean cross-entropy in nats. */
  readonly onEpoch?: (epoch: number, loss: number) => void;
  /** Ends the training with its reason. */
  readonly signal?: AbortSignal;
}

/** A trained classifier, and the mean cross-entropy (nats) of each epoch. */
export interface TrainedClassifier {
  readonly model: ClassifierModel;
  readonly losses: readonly number[];
}

// A few dozen milliseconds of work: short enough for a progress bar and Ctrl-C.
const examplesPerTurn = 256;

/**
 * Trains a text classifier on soft targets: hashed n-grams, weighted by inverse document frequency, under a
 * multinomial softmax (see `createVectorizer` and `fitSoftmax`). The labels are those of the targets. The same
 * examples, hyperparameters and seed give the same model on every machine. RangeError on targets that are
 * none, or no examples.
 */
export async function trainClassifier(task: ClassifierTask): Promise<TrainedClassifier> {
  const { examples, hyperparameters } = task;
  if (examples.length === 0) throw new RangeError("a classifier needs at least one example");
  const pause = createPause(task.signal);
  const labels = labelsOf(examples.map(({ target }) => target));
  const targets = temperTargets(
    examples.map(({ target }) => target),
    { labels, temperature: hyperparameters.temperature },
  );
  const vocabulary = await learnVocabulary(task, pause);
  const biases = logPriors(targets, labels.length);
  const losses: number[] = [];
  const weights = await fitSoftmax({
    vectors: await vectorizeAll(task, vocabulary, pause),
    targets,
    biases,
    features: vocabulary.buckets.length,
    hyperparameters,
    random: createRandom(task.seed),
    pause,
    onEpoch(epoch, loss) {
      losses.push(loss);
      task.onEpoch?.(epoch, loss);
    },
  });
  return { model: { labels, vocabulary, ...quantizeWeights(weights, labels.length), biases }, losses };
}

type Pause = (examples: number) => Promise<void>;

/** Lets other work run, and looks at the signal, each time that enough examples are done. */
function createPause(signal: AbortSignal | undefined): Pause {
  let done = 0;
  signal?.throwIfAborted();
  return async (examples) => {
    done += examples;
    if (done < examplesPerTurn) return;
    done = 0;
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  };
}

async function learnVocabulary(
  { examples, hyperparameters }: ClassifierTask,
  pause: Pause,
): Promise<Vocabulary> {
  const { word_ngrams, shortest_char_ngram, longest_char_ngram, char_weight, hash_bits } = hyperparameters;
  const options = { word_ngrams, shortest_char_ngram, longest_char_ngram, char_weight, hash_bits };
  const counter = createVocabularyCounter(options);
  for (const { text } of examples) {
    counter.add(text);
    await pause(1);
  }
  return counter.finish(hyperparameters.max_features);
}

async function vectorizeAll({ examples }: ClassifierTask, vocabulary: Vocabulary, pause: Pause) {
  const vectorize = createVectorizer(vocabulary);
  const vectors = [];
  for (const { text } of examples) {
    const { slots, values } = vectorize(text);
    vectors.push({ slots: slots.slice(), values: values.slice() });
    await pause(1);
  }
  return vectors;
}
