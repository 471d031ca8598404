import type { AlarmCount } from "./sequential.ts";

/** What a person who rolls back may name as the cause. */
export const rollbackCategories = ["security", "users", "data", "rehearsal", "other"] as const;

/** `security`: a security issue. `users`: what users report. `data`: wrong or lost data. `rehearsal`: nothing is wrong. */
export type RollbackCategory = (typeof rollbackCategories)[number];

/** What called for a rollback, where no judgement did. */
export type RollbackCause =
    /** The quick alarm. `criteria`: ids of those that it speaks for; none where the profile bounds neither errors nor latency at once. */
    ({ readonly kind: "alarm"; readonly criteria: readonly string[] } & AlarmCount) | { readonly kind: "person"; readonly category: RollbackCategory };
