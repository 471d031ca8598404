import { type LabelKeys, labelKeysOf } from "./label-keys.ts";
import { type RolloutRecord, encodeRecord, readReference, sameRevision, weightOf } from "./record.ts";
import type { RevisionReference } from "./revision.ts";
import { addMark, markOf, readMarks, removeMark } from "./rolled-back.ts";
import { type LabelledRoute, routeSpec } from "./route-spec.ts";
import { testersServiceName } from "./testers.ts";
import { fields, list } from "./fields.ts";
import { annotationsOf, presentOf } from "./route.ts";

/** One operation of a JSON patch. @see https://www.rfc-editor.org/rfc/rfc6902 */
export type PatchOperation =
    { readonly op: "test" | "add" | "replace"; readonly path: string; readonly value: unknown } | { readonly op: "remove"; readonly path: string };

/** What rolls a route back, seen from how it is now. */
export type RollbackPatch =
    | { readonly kind: "patch"; readonly fromPercent: number; readonly operations: readonly PatchOperation[] }
    /** Users meet the stable revision alone, and the candidate is marked. */
    | { readonly kind: "already" }
    /** The route is not about these two revisions. */
    | { readonly kind: "overtaken"; readonly reason: string };

/** The two revisions of a rollout, and why it is rolled back. */
export interface RollbackOf {
    readonly stable: RevisionReference;
    readonly candidate: RevisionReference;
    readonly reason: string;
    /** What the program writes on the route. */
    readonly design: LabelledRoute;
}

/**
 * The patch that gives the stable revision everything and marks the candidate.
 *
 * It first tests the record and the spec that it was made from, so the API server refuses it as a whole when either changed in between. A gateway's report in the
 * status changes neither, and so can't hold it up.
 *
 * The spec comes out as the program writes it at 0 %, stable 100 and candidate 0, with no rule for testers: nothing that was edited by hand is left, and no
 * tester reaches the candidate any more.
 */
export function rollbackPatch(route: unknown, of: RollbackOf): RollbackPatch {
    const keys = labelKeysOf(of.design.profile);
    const live = presentOf(route, of.design);
    const overtaken = live.kind === "found" ? overtakenBy(live.present.record, of) : unrelated(route, live.revisions, of, keys);
    if (overtaken !== undefined) {
        return { kind: "overtaken", reason: overtaken };
    }
    const annotations = annotationsOf(route);
    const marks = readMarks(annotations[keys.rolledBack]);
    if (live.kind === "found") {
        const { record, routedPercent, tampering } = live.present;
        const marked = marks !== "unreadable" && markOf(marks, of.candidate) !== undefined;
        if (marked && routedPercent === 0 && tampering === undefined && weightOf(record) === 0) {
            return { kind: "already" };
        }
    }
    const back: RolloutRecord = { kind: "rolling", stable: of.stable, candidate: of.candidate, weightPercent: 0 };
    const written = {
        ...encodeRecord(back, keys),
        ...previousIn(live, keys),
        [keys.rolledBack]: addMark(textOf(annotations[keys.rolledBack]), { revision: of.candidate, reason: of.reason }),
    };
    return {
        kind: "patch",
        // With no record, what users really get is only known in part: as much as possible is assumed.
        fromPercent: live.kind === "found" ? Math.max(live.present.routedPercent, weightOf(live.present.record)) : 100,
        operations: [
            ...Object.values(keys.record)
                .filter((key) => key in annotations)
                .map((key) => ({ op: "test" as const, path: annotationPath(key), value: annotations[key] })),
            { op: "test", path: "/spec", value: fields(route).spec },
            ...(Object.keys(annotations).length === 0 ? [{ op: "add" as const, path: "/metadata/annotations", value: {} }] : []),
            ...Object.entries(written).map(([key, value]) => ({ op: "add" as const, path: annotationPath(key), value })),
            { op: "replace", path: "/spec", value: routeSpec(back, of.design) },
        ],
    };
}

/** The weight that 0 is reached from, as the program would say it. Left as it is where the route is at 0 already, or does not say. */
function previousIn(live: ReturnType<typeof presentOf>, keys: LabelKeys): Readonly<Record<string, string>> {
    const weight = live.kind === "found" ? weightOf(live.present.record) : 0;
    return weight === 0 ? {} : { [keys.previousPercent]: String(weight) };
}

/** The patch that takes the mark of `revision` away; undefined where it has none. It tests that the marks are still those that it was made from. */
export function clearPatch(route: unknown, revision: RevisionReference, { rolledBack }: LabelKeys): readonly PatchOperation[] | undefined {
    const text = annotationsOf(route)[rolledBack];
    const marks = readMarks(text);
    if (typeof text !== "string" || (marks !== "unreadable" && markOf(marks, revision) === undefined)) {
        return undefined;
    }
    const path = annotationPath(rolledBack);
    const left = removeMark(text, revision);
    return [{ op: "test", path, value: text }, left === undefined ? { op: "remove", path } : { op: "replace", path, value: left }];
}

/** Why `record` is not the rollout that is rolled back, or undefined when it is. */
function overtakenBy(record: RolloutRecord, { stable, candidate }: RollbackOf): string | undefined {
    if (sameRevision(record.stable, candidate)) {
        return `${candidate.name} is the stable revision now: the rollout is finished, and the way on is a new candidate`;
    }
    if (!sameRevision(record.stable, stable)) {
        return `the stable revision is ${record.stable.name} now, not ${stable.name}`;
    }
    if (record.kind === "steady") {
        return `${candidate.name} is no candidate any more: it was withdrawn`;
    }
    return sameRevision(record.candidate, candidate) ? undefined : `the candidate is ${record.candidate.name} now, not ${candidate.name}`;
}

/**
 * Why a route without a readable record can't be taken for this rollout, or undefined when it can: the stable revision is a backend, or testers are still led
 * to the candidate. Where the candidate alone is left it may have become the stable one, and what was stable may be gone.
 */
function unrelated(route: unknown, revisions: readonly string[], { stable, candidate, design }: RollbackOf, { record: keys }: LabelKeys): string | undefined {
    const annotations = annotationsOf(route);
    const others = [
        { key: keys.stable, expected: stable },
        { key: keys.candidate, expected: candidate },
    ].flatMap(({ key, expected }) => {
        const named = readReference(annotations[key]);
        return named === undefined || sameRevision(named, expected) ? [] : [`${key} is ${named.name}, not ${expected.name}`];
    });
    if (others.length > 0) {
        return `its record can't be read as a whole, and ${others.join(", ")}`;
    }
    const backends = list(fields(fields(route).spec).rules).flatMap((rule) => list(fields(rule).backendRefs));
    const tested = backends.some((backend) => fields(backend).name === testersServiceName(design.service, candidate.name));
    return revisions.includes(stable.name) || tested
        ? undefined
        : `its record can't be read, and nothing on it shows that ${stable.name} is still the stable revision`;
}

/** A key with a slash, as a JSON pointer has it. */
export function annotationPath(key: string): string {
    return `/metadata/annotations/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function textOf(value: unknown): string | undefined {
    return typeof value === "string" ? value : undefined;
}
