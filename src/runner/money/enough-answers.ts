/** So many answers must have come before they say what the next ones take. */
export const enoughAnswers = 20;
