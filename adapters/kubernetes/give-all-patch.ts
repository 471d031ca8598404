import { type RolloutRecord, encodeRecord, recordAnnotations } from "../../rollout/record.ts";
import type { RevisionReference } from "../../rollout/revision.ts";
import { addMark, rolledBackAnnotation } from "../../rollout/rolled-back.ts";
import { fields, list } from "./fields.ts";
import { type PatchOperation, annotationPath } from "./rollback-patch.ts";
import { annotationsOf } from "./route.ts";

/** Which revision gets everything on a route whose record can't be read. */
export interface GiveAllOf {
    /** Name of the revision. */
    readonly to: string;
    /** Name of the Service that carries a revision. */
    readonly serviceOf: (revision: string) => string;
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
 * It tests the rules that it was made from. All of them are replaced by one for every path, with that revision alone behind it: what anybody added goes with the
 * rest. Where the revision's content is known, the record is written anew; what is damaged and can't be written anew stays, so that it goes on to hold.
 */
export function giveAllPatch(route: unknown, { to, serviceOf, stable, candidate, reason }: GiveAllOf): GiveAllPatch {
    const annotations = annotationsOf(route);
    const spec = fields(fields(route).spec);
    const marks = annotations[rolledBackAnnotation];
    const written = {
        ...(stable === undefined ? {} : encodeRecord(recordOf(stable, candidate))),
        ...(candidate === undefined ? {} : { [rolledBackAnnotation]: addMark(typeof marks === "string" ? marks : undefined, { revision: candidate, reason }) }),
    };
    const outdated = stable !== undefined && candidate === undefined && recordAnnotations.candidate in annotations ? [recordAnnotations.candidate] : [];
    return {
        repaired: stable !== undefined,
        operations: [
            ...("rules" in spec ? [{ op: "test" as const, path: "/spec/rules", value: spec.rules }] : []),
            ...(Object.keys(annotations).length === 0 && Object.keys(written).length > 0
                ? [{ op: "add" as const, path: "/metadata/annotations", value: {} }]
                : []),
            ...outdated.map((key) => ({ op: "remove" as const, path: annotationPath(key) })),
            ...Object.entries(written).map(([key, value]) => ({ op: "add" as const, path: annotationPath(key), value })),
            {
                op: "add",
                path: "/spec/rules",
                value: [ruleFor(list(spec.rules), serviceOf(to), candidate === undefined ? undefined : serviceOf(candidate.name))],
            },
        ],
    };
}

function recordOf(stable: RevisionReference, candidate: RevisionReference | undefined): RolloutRecord {
    return candidate === undefined ? { kind: "steady", stable } : { kind: "rolling", stable, candidate, weightPercent: 0 };
}

/** One rule for every path, with the port and the time limits of those that are there. */
function ruleFor(rules: readonly unknown[], name: string, candidate: string | undefined): object {
    const backends = rules.flatMap((rule) => list(fields(rule).backendRefs)).map(fields);
    const own = backends.find((backend) => backend.name === name);
    const { port } = own ?? backends.find((backend) => backend.port !== undefined) ?? {};
    const limits = rules.map((rule) => fields(rule).timeouts).find((timeouts) => timeouts !== undefined);
    const backend = (service: string, weight: number) => ({ name: service, ...(port === undefined ? {} : { port }), weight });
    return {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        ...(limits === undefined ? {} : { timeouts: limits }),
        backendRefs: [backend(name, 100), ...(candidate === undefined ? [] : [backend(candidate, 0)])],
    };
}
