import type { Finding } from "./format-findings.ts";

/** What can be said of a key without trying it; of its value nothing is repeated. */
export function checkKey(variable: string, value: string | undefined): Omit<Finding, "about"> {
  if (value === undefined || value === "")
    return {
      state: "bad",
      text: `${variable} is ${value === undefined ? "not set" : "empty"}`,
      hint: `set ${variable} to the key, or take api_key_env out where the server needs none`,
    };
  if (/^\s+$/.test(value)) return again(variable, "holds nothing but space");
  if (/^\s|\s$/.test(value)) return again(variable, "begins or ends with space or a line break");
  if (/^["'].*["']$/.test(value)) return again(variable, "has quotes around it");
  if (!/^[\x21-\x7e]+$/.test(value)) return again(variable, "holds a character that no key has");
  if (value.length < shortestKey)
    return {
      state: "note",
      text: `${variable} is set, and only ${value.length} characters long`,
      hint: "keys are longer as a rule: check that all of it was copied",
    };
  return { state: "good", text: `${variable} is set` };
}

/** Keys of the known services have more than thirty characters. */
const shortestKey = 16;

function again(variable: string, fault: string): Omit<Finding, "about"> {
  return {
    state: "bad",
    text: `${variable} ${fault}`,
    hint: `set ${variable} again, to the key and nothing else`,
  };
}
