import "./rollout/node-version.cjs";

/** The stack's outputs, as index.ts has them. */
export default await import("./index.ts");
