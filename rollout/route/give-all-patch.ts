import { labelKeysOf } from "./label-keys.ts";
import { type RolloutRecord, encodeRecord } from "./record.ts";
import type { RevisionReference } from "./revision.ts";
import { addMark } from "./rolled-back.ts";
import { type LabelledRoute, routeSpec } from "./route-spec.ts";
import { fields } from "./fields.ts";
import { type PatchOperation, annotationPath } from "./rollback-patch.ts";
import { annotationsOf } from "./route.ts";

/** Which revision gets everything on a route whose record can't be read. */
export interface GiveAllOf {
    /** Name of the revision. */
    readonly to: string;
    /** What the program writes on the route. */
    readonly design: LabelledRoute;
    /** The revision, where its content is known: without it no record can be written. */
    readonly stable?: RevisionReference;
    /** The revision that loses its users, where it is known. It is marked as rolled back. */
    readonly candidate?: RevisionReference;
    /** One line. */
    readonly reason: string;
}

export interface GiveAllPatch {
    readonly operations: readonly PatchOperation[];
    /** Whether the record says again where the rollout stands. */
    readonly repaired: boolean;
}

/**
 * The patch that gives one revision everything, on a route of which nothing but its rules is believed.
 *
 * It tests the rules that it was made from. The spec becomes the one that the program writes with that revision alone behind it and no rule for testers: what anybody
 * edited goes with the rest. Where the revision's content is known, the record is written anew; what is damaged and can't be written anew stays, so that it goes on to hold.
 */
export function giveAllPatch(route: unknown, { to, design, stable, candidate, reason }: GiveAllOf): GiveAllPatch {
    const keys = labelKeysOf(design.profile);
    const annotations = annotationsOf(route);
    const spec = fields(fields(route).spec);
    const marks = annotations[keys.rolledBack];
    const written = {
        ...(stable === undefined ? {} : encodeRecord(recordOf(stable, candidate), keys)),
        ...(candidate === undefined ? {} : { [keys.rolledBack]: addMark(typeof marks === "string" ? marks : undefined, { revision: candidate, reason }) }),
    };
    const outdated = stable !== undefined && candidate === undefined && keys.record.candidate in annotations ? [keys.record.candidate] : [];
    return {
        repaired: stable !== undefined,
        operations: [
            ...("rules" in spec ? [{ op: "test" as const, path: "/spec/rules", value: spec.rules }] : []),
            ...(Object.keys(annotations).length === 0 && Object.keys(written).length > 0
                ? [{ op: "add" as const, path: "/metadata/annotations", value: {} }]
                : []),
            ...outdated.map((key) => ({ op: "remove" as const, path: annotationPath(key) })),
            ...Object.entries(written).map(([key, value]) => ({ op: "add" as const, path: annotationPath(key), value })),
            // A route is made from names alone, so unknown content does not matter.
            { op: "add", path: "/spec", value: routeSpec(recordOf(stable ?? { name: to, digest: "" }, candidate), design) },
        ],
    };
}

function recordOf(stable: RevisionReference, candidate: RevisionReference | undefined): RolloutRecord {
    return candidate === undefined ? { kind: "steady", stable } : { kind: "rolling", stable, candidate, weightPercent: 0 };
}
