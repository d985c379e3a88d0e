// The module that scripts/build.ts writes to dist/validators.js; see compile-schema.ts.
import type { ValidateFunction } from "ajv";

export declare const spec: ValidateFunction;
export declare const trainer_classifier: ValidateFunction;
