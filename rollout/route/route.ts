import { defined } from "../defined.ts";
import { differenceIn } from "./difference.ts";
import { type LabelKeys, labelKeysOf } from "./label-keys.ts";
import { readPreviousWeight } from "./previous-weight.ts";
import { type RolloutRecord, decodeRecord, readReference } from "./record.ts";
import { revisionObjectName } from "./revision.ts";
import { type RolledBackMarks, readMarks } from "./rolled-back.ts";
import { type LabelledRoute, type RouteDesign, routeSpec } from "./route-spec.ts";
import { admitsTesters, testerKeyDigest } from "./testers.ts";
import { shareOf } from "./traffic.ts";
import type { Present } from "./transition.ts";
import type { NamedRevisions } from "./way-back.ts";
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
 * Reads the rollout out of an HTTPRoute: its record, the weights that users meet, and the first thing in its `spec` that the program did not write.
 *
 * Every rule counts as one that users meet, except the very rule for testers that the program writes. Where there are several, the one counts that gives the stable
 * revision the least.
 */
export function presentOf(route: unknown, design: LabelledRoute): Exclude<LiveRoute, { readonly kind: "absent" | "unreachable" }> {
    const keys = labelKeysOf(design.profile);
    const spec = fields(fields(route).spec);
    const rules = list(spec.rules);
    const annotations = annotationsOf(route);
    const record = decodeRecord(annotations, keys);
    if (record === undefined) {
        const revisions = rules.flatMap((rule) => backendsIn(rule, design).map(({ revision }) => revision.replace(/-testers$/, "")));
        return {
            kind: "damaged",
            reason: "its annotations carry no readable rollout record",
            revisions: [...new Set(revisions)],
            ...namedIn(annotations, keys),
        };
    }
    const rolledBack = readMarks(annotations[keys.rolledBack]);
    const wanted = routeSpec(record, design, testerKeyOf(rules, annotations[keys.testerKey], record, rolledBack, design));
    const forTesters = wanted.rules.length === 2 ? wanted.rules[0] : undefined;
    const users = rules.filter((rule) => forTesters === undefined || differenceIn(forTesters, rule, "") !== undefined);
    const shares = users.map((rule) => shareOf(record.stable.name, backendsIn(rule, design)));
    const routedPercent = 100 - Math.min(...shares, shares.length === 0 ? 0 : 100);
    const tampering = emptied(users, design) ?? differenceIn(wanted, withWantedWeights(spec, record, routedPercent, design), "spec");
    const previousPercent = readPreviousWeight(annotations[keys.previousPercent]);
    return {
        kind: "found",
        present: {
            record,
            routedPercent,
            ...defined({ tampering, previousPercent }),
            ...(rolledBack.length === 0 ? {} : { rolledBack }),
        },
    };
}

/** The revisions that a damaged record still names. */
function namedIn(annotations: Readonly<Record<string, unknown>>, { record: keys }: LabelKeys): NamedRevisions {
    const stable = readReference(annotations[keys.stable]);
    const candidate = readReference(annotations[keys.candidate]);
    return defined({ stable, candidate });
}

/** The annotations of an object of unknown shape. */
export function annotationsOf(object: unknown): Readonly<Record<string, unknown>> {
    return fields(fields(fields(object).metadata).annotations);
}

/**
 * The key that the rule for testers must ask for, or undefined where there must be no such rule.
 *
 * The rule's own value, where its digest is the one in the annotations; a key that fits nothing otherwise. After a mark was taken away, the rule comes back with
 * the next `up`: until then a candidate in the dark may have none.
 */
function testerKeyOf(rules: readonly unknown[], digest: unknown, record: RolloutRecord, marks: RolledBackMarks, { gateway }: RouteDesign): string | undefined {
    if (gateway.testers.kind !== "header" || record.kind === "steady" || !admitsTesters(marks, record.candidate)) {
        return undefined;
    }
    if (record.weightPercent === 0 && rules.length === 1) {
        return undefined;
    }
    const { value } = fields(list(fields(list(fields(rules[0]).matches)[0]).headers)[0]);
    return typeof value === "string" && testerKeyDigest(value) === digest ? value : "";
}

interface RoutedBackend {
    /** Name of the revision, or in quotes what the reference names when that is no Service of a revision. */
    readonly revision: string;
    readonly weight: number;
}

function backendsIn(rule: unknown, { service }: RouteDesign): readonly RoutedBackend[] {
    const prefix = revisionObjectName(service, "");
    return list(fields(rule).backendRefs).map((reference) => {
        const { name, namespace, group = "", kind = "Service", weight } = fields(reference);
        const ours = typeof name === "string" && name.startsWith(prefix) && namespace === undefined && group === "" && kind === "Service";
        return { revision: ours ? name.slice(prefix.length) : `'${String(name)}'`, weight: typeof weight === "number" ? weight : 1 };
    });
}

/** Why a route answers no request: the weights alone don't show it. */
function emptied(users: readonly unknown[], design: RouteDesign): string | undefined {
    const backends = users.flatMap((rule) => backendsIn(rule, design));
    return users.length > 0 && backends.every(({ weight }) => weight === 0) ? "its weights are all 0" : undefined;
}

/**
 * `spec`, with the backends of its last rule as the record wants them where only their weights differ: how far these are off is said by the share that is routed.
 *
 * Weights in the same proportion are the same weights. Backends that are missing or added count only where the share shows it.
 */
function withWantedWeights(
    spec: Readonly<Record<string, unknown>>,
    record: RolloutRecord,
    routedPercent: number,
    design: RouteDesign,
): Readonly<Record<string, unknown>> {
    const rules = list(spec.rules);
    const last = fields(rules.at(-1));
    const backends = list(last.backendRefs).map(fields);
    const wanted = routeSpec(record, design).rules.at(-1)?.backendRefs ?? [];
    const known = [...new Map([...wanted, ...possible(record, design)].map((backend) => [backend.name, { ...backend, weight: 0 }])).values()];
    const onlyWeights = backends.every((backend) => known.some((one) => differenceIn(one, { ...backend, weight: 0 }, "") === undefined));
    const unique = new Set(backends.map(({ name }) => name)).size === backends.length;
    const recorded = record.kind === "rolling" ? record.weightPercent : 0;
    const same = backends.length === wanted.length && backends.every(({ name }, index) => name === wanted[index]?.name);
    return onlyWeights && unique && (same || routedPercent !== recorded) ? { ...spec, rules: [...rules.slice(0, -1), { ...last, backendRefs: wanted }] } : spec;
}

/** The backends that a record has at some weight. */
function possible(record: RolloutRecord, design: RouteDesign) {
    return record.kind === "steady" ? [] : (routeSpec({ ...record, weightPercent: 0 }, design).rules.at(-1)?.backendRefs ?? []);
}
