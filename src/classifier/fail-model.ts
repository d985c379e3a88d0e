/** Says why bytes are no model. */
export function failModel(message: string): never {
  throw new Error(`this is no classifier model: ${message}`);
}
