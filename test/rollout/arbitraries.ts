import fc from "fast-check";

import { type Weight, weightsOf } from "../../rollout/plan/plan.ts";
import type { RolloutRecord } from "../../rollout/route/record.ts";
import { type RevisionReference, referenceTo } from "../../rollout/route/revision.ts";
import { plan } from "../../service/plan.ts";

const weights = weightsOf(plan);

/** A revision that differs from one of another name in its content too. */
export function revision(name: string, content = name): RevisionReference {
    return referenceTo({ name, image: `registry.example.com/${content}`, config: {} });
}

export function steady(stable = "v1"): RolloutRecord {
    return { kind: "steady", stable: revision(stable) };
}

export function rolling(weightPercent: Weight, candidate = "v2", stable = "v1"): RolloutRecord & { readonly kind: "rolling" } {
    return { kind: "rolling", stable: revision(stable), candidate: revision(candidate), weightPercent };
}

export const anyWeight = fc.constantFrom(...weights);

const anyReference: fc.Arbitrary<RevisionReference> = fc.record({
    name: fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,28}[a-z0-9])?$/),
    digest: fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`),
});

/** Every record that a stack can ask for. */
export const anyRecord: fc.Arbitrary<RolloutRecord> = fc.oneof(
    anyReference.map((stable) => ({ kind: "steady" as const, stable })),
    fc.record({ kind: fc.constant("rolling" as const), stable: anyReference, candidate: anyReference, weightPercent: anyWeight }),
);

/** Any share that a hand may have left on the route, in percent. */
export const anyPercent = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.double({ min: 0, max: 100, noNaN: true }));
