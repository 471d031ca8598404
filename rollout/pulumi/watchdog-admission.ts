import { watchdogIdentity, watchdogKinds, writersOf } from "../ledger/writers.ts";
import { labelKeysOf } from "../route/label-keys.ts";
import { revisionObjectName } from "../route/revision.ts";
import { type LabelledRoute, routeSpec } from "../route/route-spec.ts";
import { testersRouteName, testersServiceName } from "../route/testers.ts";
import { celText, inGroups, isRecordName, kindsIn } from "./signature-admission.ts";
import { watchLeaseName } from "./watchdog-rights.ts";

export interface WatchdogPolicyOf {
    readonly namespaceName: string;
    /** What the program writes on the route. */
    readonly design: LabelledRoute;
}

/**
 * What the API server lets the watchdog's account change: its rights (`watchdogRules`) name the objects, and this says what may become of them.
 *
 * Of the route, it may make what a rollback makes (rollout/route/rollback-patch.ts, give-all-patch.ts), and nothing else: the stable revision that the route's record names gets all
 * traffic, testers are shut out, and the candidate is marked. Everything else of the spec is as the program writes it, or stays as it was; so do labels and other annotations. Of the
 * rest, it may make records of the kinds that a watch writes, in its own name, hold its Lease, and delete the testers' own route.
 *
 * On a route whose record can't be read, the route itself doesn't say which revision is stable. Then it may give all traffic to one that had traffic before, unless what is left of the
 * record says otherwise.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export function watchdogPolicy({ namespaceName, design }: WatchdogPolicyOf) {
    const { service } = design;
    const watchdog = watchdogIdentity(namespaceName, service);
    const never = Object.keys(writersOf).filter((kind) => !watchdogKinds.some((own) => own === kind));
    const all = { apiVersions: ["v1"], operations: ["CREATE", "UPDATE", "DELETE"] };
    const forbidden = (expression: string, what: string) => ({ expression, message: `the watchdog ${what}`, reason: "Forbidden" });
    return {
        // A change that can't be checked is not made. A rollback by a person is not asked here.
        failurePolicy: "Fail",
        matchConstraints: {
            resourceRules: [
                { ...all, apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes", "httproutes/*"] },
                { ...all, apiGroups: [""], resources: ["configmaps"] },
                { ...all, apiGroups: ["coordination.k8s.io"], resources: ["leases"] },
            ],
        },
        matchConditions: [{ name: "is-watchdog", expression: `request.userInfo.username == ${celText(watchdog)}` }],
        variables: [...targetVariables, ...routeVariables(design)].map(([name, expression]) => ({ name, expression })),
        validations: [
            forbidden(
                [
                    "variables.changesRoute",
                    `variables.kind == 'httproutes' && request.operation == 'DELETE' && request.name == '${testersRouteName(service)}'`,
                    `variables.kind == 'configmaps' && request.operation == 'CREATE'`,
                    `variables.kind == 'leases' && request.operation != 'DELETE' && object.metadata.name == '${watchLeaseName(service)}'`,
                ].join(" || "),
                "may change its route, make records, hold its Lease and delete the testers' own route, and nothing else",
            ),
            ...routeValidations(design).map(([expression, what]) => forbidden(`!variables.changesRoute || ${expression}`, what)),
            forbidden(
                `variables.kind != 'configmaps' || request.operation != 'CREATE' || ${isRecordName(service)} && object.data.size() == 1 && variables.text.startsWith(${celText(`{"actor":{"identity":"${watchdog}"`)})`,
                "makes no ConfigMaps but records of the ledger in its own name",
            ),
            ...inGroups(never).map((some) =>
                forbidden(
                    `variables.kind != 'configmaps' || request.operation != 'CREATE' || !(${kindsIn(some)})`,
                    `writes no records of kind ${some.join(" or ")}`,
                ),
            ),
        ],
    };
}

type Named = readonly [name: string, expression: string];

const targetVariables: readonly Named[] = [
    ["kind", "request.resource.resource"],
    ["changesRoute", "variables.kind == 'httproutes' && request.operation == 'UPDATE' && (!has(request.subResource) || request.subResource == '')"],
    ["text", "has(object.data) ? object.data[?'record'].orValue('') : ''"],
];

/** A reference to a revision, as annotations have it: see `readReference`. */
const reference = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?@sha256:[0-9a-f]{64}$";

/** What the route says before and after. The record is readable where `decodeRecord` reads it. */
function routeVariables({ profile, service }: LabelledRoute): readonly Named[] {
    const { record, rolledBack } = labelKeysOf(profile);
    const of = (annotations: string, key: string): string => `variables.${annotations}[?'${key}'].orValue('')`;
    return [
        ["now", "has(object.metadata.annotations) ? object.metadata.annotations : {}"],
        ["before", "has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {}"],
        ["stable", of("now", record.stable)],
        ["candidate", of("now", record.candidate)],
        ["oldStable", of("before", record.stable)],
        ["oldCandidate", of("before", record.candidate)],
        ["oldWeight", of("before", record.weightPercent)],
        ["marks", of("now", rolledBack)],
        ["oldMarks", of("before", rolledBack)],
        ["knowsStable", `variables.oldStable.matches('${reference}')`],
        ["knowsCandidate", `variables.oldCandidate.matches('${reference}')`],
        [
            "readable",
            `variables.knowsStable && variables.oldWeight.matches('^(0|[1-9][0-9]?|100)$') && ('${record.candidate}' in variables.before ? variables.knowsCandidate : variables.oldWeight == '0')`,
        ],
        ["rules", "has(object.spec.rules) ? object.spec.rules : []"],
        ["oldRules", "has(oldObject.spec.rules) ? oldObject.spec.rules : []"],
        ["rule", "variables.rules.size() == 1 ? variables.rules[0] : {}"],
        ["oldRule", "variables.oldRules.size() > 0 ? variables.oldRules[variables.oldRules.size() - 1] : {}"],
        ["backends", "variables.rule[?'backendRefs'].orValue([])"],
        ["alone", "variables.backends.size() == 1"],
        ["first", `variables.backends.size() > 0 ? variables.backends[0].name : ''`],
        ["stableBackend", backendOf(service, "stable")],
        ["candidateBackend", backendOf(service, "candidate")],
        ["oldStableBackend", backendOf(service, "oldStable")],
        ["oldCandidateBackend", backendOf(service, "oldCandidate")],
        ["digest", "variables.candidate.contains('@') ? variables.candidate.split('@')[1] : ''"],
        [
            "otherMarks",
            `variables.oldMarks.split('\\n').map(line, line.trim()).filter(line, line != '' && !line.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?@' + variables.digest + '( |$)'))`,
        ],
        ["markStart", `(variables.otherMarks.size() == 0 ? '' : variables.otherMarks.join('\\n') + '\\n') + variables.candidate + ' '`],
    ];
}

/** Name of the Service of a revision that a variable refers to. */
function backendOf(service: string, variable: string): string {
    return `'${revisionObjectName(service, "")}' + variables.${variable}.split('@')[0]`;
}

/** What must hold of a changed route, each with what it is that the watchdog does not do otherwise. */
function routeValidations(design: LabelledRoute): readonly Named[] {
    const { record, previousPercent, rolledBack } = labelKeysOf(design.profile);
    const any = { name: "", digest: "" };
    const {
        rules: [users],
        ...spec
    } = routeSpec({ kind: "rolling", stable: any, candidate: any, weightPercent: 0 }, design);
    const own = [record.weightPercent, record.stable, record.candidate, previousPercent, rolledBack];
    const [isStable, same] = ["variables.first == variables.stableBackend", (key: string) => `variables.now[?'${key}'] == variables.before[?'${key}']`];
    const sameRecord = [record.stable, record.candidate, record.weightPercent].map(same).join(" && ");
    const written = [
        `variables.stable.matches('${reference}')`,
        `variables.now[?'${record.weightPercent}'].orValue('') == '0'`,
        isStable,
        "(!variables.knowsStable || variables.stable == variables.oldStable)",
        `(variables.alone ? !('${record.candidate}' in variables.now) && !variables.knowsCandidate : variables.candidate.matches('${reference}') && (!variables.knowsCandidate || variables.candidate == variables.oldCandidate))`,
    ].join(" && ");
    const hadTraffic = `variables.oldRules.exists(rule, rule[?'backendRefs'].orValue([]).exists(backend, backend.name == variables.first))`;
    const testersOfCandidate = `!variables.alone && variables.oldRules.exists(rule, rule[?'backendRefs'].orValue([]).exists(backend, backend.name == ${testersOf(design.service)}))`;
    return [
        [
            ["labels", "finalizers", "ownerReferences"].map((key) => `object.metadata[?'${key}'] == oldObject.metadata[?'${key}']`).join(" && "),
            "changes no labels, owners or finalizers",
        ],
        [sameOrOwn("variables.now", "variables.before", "{}", own), "changes no annotations but those of a rollback"],
        [sameOrOwn("object.spec", "oldObject.spec", celOf(spec), ["rules"]), "changes nothing of the route but its backends"],
        [
            `variables.rules.size() == 1 && ${sameOrOwn("variables.rule", "variables.oldRule", celOf({ ...users, backendRefs: undefined }), ["backendRefs"])}`,
            "changes nothing of a rule but its backends",
        ],
        [
            [
                "variables.backends.size() in [1, 2]",
                "variables.backends.all(backend, backend.all(key, key in ['group', 'kind', 'name', 'port', 'weight']) && backend[?'group'].orValue('') == '' && backend[?'kind'].orValue('Service') == 'Service' && backend.port == 80)",
                "variables.backends[0].weight == 100",
                "(variables.alone || variables.backends[1].weight == 0 && variables.backends[1].name == variables.candidateBackend && variables.candidateBackend != variables.first)",
            ].join(" && "),
            "gives all traffic to one revision",
        ],
        [
            `(variables.readable ? ${isStable} && variables.alone == !variables.knowsCandidate : variables.knowsStable ? variables.first == variables.oldStableBackend : (${hadTraffic} || ${testersOfCandidate}) && (!variables.knowsCandidate || variables.first != variables.oldCandidateBackend))`,
            "gives traffic to the stable revision only",
        ],
        [
            `(variables.readable ? ${same(record.stable)} && ${same(record.candidate)} && variables.now['${record.weightPercent}'] == '0' : ${sameRecord} && variables.alone || ${written})`,
            "writes no other revisions into the route's record",
        ],
        [
            `(${same(previousPercent)} || variables.readable && variables.oldWeight != '0' && variables.now[?'${previousPercent}'].orValue('') == variables.oldWeight)`,
            "writes no weight but the one that it took back",
        ],
        [
            `(variables.alone ? ${same(rolledBack)} : variables.marks.startsWith(variables.markStart) && variables.marks.size() <= variables.markStart.size() + 300 && !variables.marks.substring(variables.markStart.size()).contains('\\n'))`,
            "marks the candidate that it takes traffic from, and takes no mark away",
        ],
    ];
}

/** Name of the Service by which testers reach the candidate. */
function testersOf(service: string): string {
    return `variables.candidateBackend + '${testersServiceName(service, "").slice(revisionObjectName(service, "").length)}'`;
}

/** Every member of an object, but those in `changing`, is as it was, or as the program writes it. */
function sameOrOwn(now: string, before: string, program: string, changing: readonly string[]): string {
    const free = `[${changing.map(celText).join(", ")}]`;
    return [now, before].map((one) => `${one}.all(key, key in ${free} || ${now}[?key] == ${before}[?key] || ${now}[?key] == ${program}[?key])`).join(" && ");
}

/** A value, as an expression has it. Each part may be of another type than the one beside it, as in JSON. */
function celOf(value: unknown): string {
    if (typeof value !== "object" || value === null) {
        return `dyn(${JSON.stringify(value)})`;
    }
    if (Array.isArray(value)) {
        return `dyn([${value.map(celOf).join(", ")}])`;
    }
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `dyn({${members.map(([key, member]) => `${celText(key)}: ${celOf(member)}`).join(", ")}})`;
}
