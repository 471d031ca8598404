/** The stacks' environments. Production is the strictest: images by digest, three brokers, protected data. */
export const environments = ["lab", "staging", "prod"] as const;

/** One of {@link environments}. */
export type Environment = (typeof environments)[number];
