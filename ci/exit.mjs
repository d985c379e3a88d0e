/** Exit codes, as distill's own. */
export const exit = { ok: 0, failed: 1, usage: 2, gate: 3, fault: 70 };

/** All exit codes of distill, the strongest first. */
const precedence = [70, 130, 75, 2, 4, 5, 1, 3, 0];

/**
 * Of several exit codes the strongest; one that distill does not have counts as a fault.
 *
 * @param {readonly number[]} codes
 * @returns {number}
 */
export function strongest(codes) {
  const known = codes.map((code) => (precedence.includes(code) ? code : exit.fault));
  return precedence.find((code) => known.includes(code)) ?? exit.ok;
}

/** Something that the user has to mend: it is told without a stack and ends the script with exit code 2. */
export class Usage extends Error {
  name = "Usage";
}
