import { hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type Draw, type ModelAnswer, type ModelRequest, RequestFailure } from "../../../runner/provider.ts";
import type { JsonObject } from "../../../runner/row.ts";
import { canonicalJson } from "../../../templating/canonical-json.ts";
import type { Message } from "../../../templating/message.ts";
import { splitLines } from "../../split-lines.ts";
import { noHeader, readRecordedLine } from "./line.ts";

/** An index of recorded requests. */
export interface Recordings {
  /** The answer to exactly this request, or what is missing for it. */
  find(request: ModelRequest): { readonly answer: ModelAnswer } | { readonly missing: string };
}

/**
 * Reads a file of recordings into memory.
 * @throws RequestFailure with file and line where a line is none, for nothing of this file can be answered then;
 * StepFailure where it is not UTF-8.
 */
export async function readRecordings(path: string, shownPath: string): Promise<Recordings> {
  const index = new Map<string, Entry>();
  let header = noHeader;
  let lineNumber = 0;
  for await (const line of splitLines(createReadStream(path), shownPath)) {
    lineNumber += 1;
    if (line.trim() === "") continue;
    try {
      const read = readRecordedLine(line, header);
      if ("header" in read) {
        header = read.header;
      } else {
        const identity = identify(read.request);
        const key = keyOf(identity);
        const entry = index.get(key);
        if (entry === undefined) index.set(key, { identity, occurrences: [read.request.answers] });
        else entry.occurrences.push(read.request.answers);
      }
    } catch (error) {
      throw new RequestFailure(`${shownPath}:${lineNumber}: ${(error as Error).message}`, { scope: "stop" });
    }
  }
  let differences: Differences | undefined;
  return {
    find: (request) => {
      const wanted = identify(request);
      const entry = index.get(keyOf(wanted));
      if (entry !== undefined) return draw(entry, request.draw);
      // Many rows may miss at once, and most runs miss none.
      differences ??= indexDifferences(index);
      return { missing: `this request was not recorded: ${nearest(differences, wanted)}` };
    },
  };
}

/** What makes a request this one; messages by digest, because they are long and often shared in part. */
interface Identity {
  readonly model: string;
  readonly messages: string;
  /** As canonical JSON. */
  readonly parameters: string;
}

interface Entry {
  readonly identity: Identity;
  /** Answers by occurrence, then by sample. */
  readonly occurrences: (readonly ModelAnswer[])[];
}

type Identified = {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly parameters: JsonObject;
};

function identify({ model, messages, parameters }: Identified): Identity {
  return { model, messages: hash("sha256", canonicalJson(messages)), parameters: canonicalJson(parameters) };
}

function keyOf(identity: Identity): string {
  return canonicalJson([identity.model, identity.messages, identity.parameters]);
}

function draw(entry: Entry, { occurrence, sample }: Draw): ReturnType<Recordings["find"]> {
  const answers = entry.occurrences[occurrence];
  if (answers === undefined) {
    const times = entry.occurrences.length === 1 ? "once" : `${entry.occurrences.length} times`;
    return { missing: `this request was recorded ${times}, and occurrence ${occurrence + 1} is asked for` };
  }
  const answer = answers[sample];
  if (answer !== undefined) return { answer };
  const samples = answers.length === 1 ? "1 sample" : `${answers.length} samples`;
  return { missing: `${samples} of this request recorded, and sample ${sample + 1} is asked for` };
}

/** Recorded requests by the parts of their identity, for saying what differs; never to answer with. */
interface Differences {
  readonly byMessages: ReadonlyMap<string, readonly Identity[]>;
  readonly settings: ReadonlySet<string>;
}

function indexDifferences(index: ReadonlyMap<string, Entry>): Differences {
  const identities = [...index.values()].map(({ identity }) => identity);
  return {
    byMessages: Map.groupBy(identities, ({ messages }) => messages),
    settings: new Set(identities.map(settingsOf)),
  };
}

function settingsOf({ model, parameters }: Identity): string {
  return canonicalJson([model, parameters]);
}

function nearest({ byMessages, settings }: Differences, wanted: Identity): string {
  const same = byMessages.get(wanted.messages);
  const closest = same?.find(({ model }) => model === wanted.model) ?? same?.[0];
  if (closest === undefined) {
    return settings.has(settingsOf(wanted))
      ? "its model and parameters were, but with other messages"
      : "its messages were not";
  }
  const ofModel = closest.model === wanted.model ? [] : [`of model ${closest.model}, not ${wanted.model}`];
  const differences = parameterDifferences(JSON.parse(closest.parameters), JSON.parse(wanted.parameters));
  return `its messages were, but ${[...ofModel, ...differences].join(", ")}`;
}

function parameterDifferences(recorded: JsonObject, wanted: JsonObject): readonly string[] {
  const names = new Set([...Object.keys(recorded), ...Object.keys(wanted)]);
  return [...names].flatMap((name) => {
    const [had, wants] = [recorded[name], wanted[name]].map(
      (value) => value !== undefined && short(canonicalJson(value)),
    );
    if (had === wants) return [];
    if (had === false) return [`without ${name} (${wants})`];
    return [`with ${name} ${had}${wants === false ? "" : `, not ${wants}`}`];
  });
}

function short(json: string): string {
  return json.length > 60 ? `${json.slice(0, 59)}…` : json;
}
