/** Turns logits into probabilities in place: exp(z − max) / Σ, which cannot overflow. */
export function softmax(logits: Float64Array): void {
  let greatest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > greatest) greatest = logit;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const power = Math.exp(logits[i]! - greatest);
    logits[i] = power;
    sum += power;
  }
  for (let i = 0; i < logits.length; i++) logits[i]! /= sum;
}
