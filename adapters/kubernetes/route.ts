import { type RolloutRecord, decodeRecord, readReference, recordAnnotations } from "../../rollout/record.ts";
import { readPreviousWeight, previousWeightAnnotation } from "../../rollout/previous-weight.ts";
import { readMarks, rolledBackAnnotation } from "../../rollout/rolled-back.ts";
import { shareOf } from "../../rollout/traffic.ts";
import type { Present } from "../../rollout/transition.ts";
import type { NamedRevisions } from "../../rollout/way-back.ts";
import { fields, list } from "./fields.ts";

/** What a look at the live route found. Not being able to look is its own answer, never an empty one. */
export type LiveRoute =
    | { readonly kind: "absent" }
    | { readonly kind: "found"; readonly present: Present }
    /** A route is there, and no record can be read from it. `revisions`: those that it has as backends. Of the record, what is still readable. */
    | ({ readonly kind: "damaged"; readonly reason: string; readonly revisions: readonly string[] } & NamedRevisions)
    | { readonly kind: "unreachable"; readonly reason: string };

/** Which HTTPRoute, in the words of the client for custom objects. */
export function routeQuery(namespace: string, name: string) {
    return { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes", namespace, name };
}

/**
 * Reads the rollout out of an HTTPRoute: its record, and the weights that users meet.
 *
 * Rules that ask for the tester's header are left out. Where somebody added a rule, the one counts that gives the stable revision the least.
 */
export function presentOf(route: unknown, servicePrefix: string): Exclude<LiveRoute, { readonly kind: "absent" | "unreachable" }> {
    const rules = list(fields(fields(route).spec).rules).map((rule) => ({ forUsers: !onlyForHeaders(rule), backends: backendsIn(rule, servicePrefix) }));
    const annotations = annotationsOf(route);
    const record = decodeRecord(annotations);
    if (record === undefined) {
        const revisions = rules.flatMap(({ backends }) => backends.map(({ revision }) => revision));
        return { kind: "damaged", reason: "its annotations carry no readable rollout record", revisions: [...new Set(revisions)], ...namedIn(annotations) };
    }
    const users = rules.filter(({ forUsers }) => forUsers).map(({ backends }) => backends);
    const shares = users.map((backends) => shareOf(record.stable.name, backends));
    const tampering = tamperingIn(users, record);
    const rolledBack = readMarks(annotations[rolledBackAnnotation]);
    const previousPercent = readPreviousWeight(annotations[previousWeightAnnotation]);
    return {
        kind: "found",
        present: {
            record,
            routedPercent: 100 - Math.min(...shares, shares.length === 0 ? 0 : 100),
            ...(tampering === undefined ? {} : { tampering }),
            ...(previousPercent === undefined ? {} : { previousPercent }),
            ...(rolledBack.length === 0 ? {} : { rolledBack }),
        },
    };
}

/** The revisions that a damaged record still names. */
function namedIn(annotations: Readonly<Record<string, unknown>>): NamedRevisions {
    const stable = readReference(annotations[recordAnnotations.stable]);
    const candidate = readReference(annotations[recordAnnotations.candidate]);
    return { ...(stable === undefined ? {} : { stable }), ...(candidate === undefined ? {} : { candidate }) };
}

/** The annotations of an object of unknown shape. */
export function annotationsOf(object: unknown): Readonly<Record<string, unknown>> {
    return fields(fields(fields(object).metadata).annotations);
}

/** Whether every match of `rule` asks for a header: testers' rules do, users' requests don't carry it. */
export function onlyForHeaders(rule: unknown): boolean {
    const matches = list(fields(rule).matches);
    return matches.length > 0 && matches.every((match) => list(fields(match).headers).length > 0);
}

interface RoutedBackend {
    /** Name of the revision, or the name of the Service in quotes when it is none of the service's. */
    readonly revision: string;
    readonly weight: number;
}

function backendsIn(rule: unknown, servicePrefix: string): readonly RoutedBackend[] {
    return list(fields(rule).backendRefs).map((reference) => {
        const { name, weight } = fields(reference);
        const ours = typeof name === "string" && name.startsWith(servicePrefix);
        return { revision: ours ? name.slice(servicePrefix.length) : `'${String(name)}'`, weight: typeof weight === "number" ? weight : 1 };
    });
}

/** What a hand changed on the rules that users meet, beyond the candidate's share. */
function tamperingIn(users: readonly (readonly RoutedBackend[])[], record: RolloutRecord): string | undefined {
    const known = record.kind === "steady" ? [record.stable.name] : [record.stable.name, record.candidate.name];
    const stranger = users.flat().find(({ revision, weight }) => weight > 0 && !known.includes(revision));
    if (stranger !== undefined) {
        return `it has a backend that is no part of the rollout, ${stranger.revision}`;
    }
    if (users.length !== 1) {
        return `it has ${String(users.length)} rules that users meet instead of one`;
    }
    return users.flat().every(({ weight }) => weight === 0) ? "its weights are all 0" : undefined;
}
