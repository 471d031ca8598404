import { z } from "zod";

import { revisionDigest } from "../route/revision.ts";
import { type ConfigProblem, keyOf } from "./problem.ts";
import { type Rule, problem, rule } from "./rule.ts";
import { commonShape } from "./settings.ts";
import { storesSchema } from "./stores.ts";
import { testerRules } from "./tester-rules.ts";
import { type Path, valueAtPath } from "./tree.ts";

/**
 * Longest `<serviceName>-<revision name>`. With the longest suffix that Pulumi adds to a name, a dash and 8 digits, it is 52 characters: a controller appends up to 11 more,
 * and 63 is the limit of a label (https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/).
 */
const longestRevisionObjectName = 52 - 9;

const { environment, serviceName, stable, candidate, gates, timeScale } = commonShape;
// A rule reads some keys of an object and lets the others pass: the whole schema judges those.
const kafka = storesSchema.shape.kafka.strip();
const postgres = storesSchema.shape.postgres.strip();
const stableRevision = stable.strip();
const candidateRevision = candidate.unwrap().strip();

const { image } = stable.shape;

/** Every rule over several of the keys that every rollout has. */
export const settingsRules: readonly Rule[] = [
    rule(z.object({ rolloutPercent: z.number(), candidate: z.unknown().exactOptional() }), (config) =>
        config.rolloutPercent > 0 && config.candidate === undefined
            ? [
                  problem(
                      "candidate",
                      undefined,
                      `is missing, and rolloutPercent is ${String(config.rolloutPercent)}`,
                      "declare the candidate, or set rolloutPercent to 0",
                  ),
              ]
            : [],
    ),
    rule(z.object({ stable: stableRevision.pick({ name: true }), candidate: candidateRevision.pick({ name: true }) }), (config) =>
        config.candidate.name === config.stable.name
            ? [
                  problem(
                      "candidate.name",
                      config.candidate.name,
                      "is the stable revision's name",
                      "give the candidate a name of its own, or remove it if its rollout is finished",
                  ),
              ]
            : [],
    ),
    rule(
        z.object({ stable: stableRevision.pick({ image: true, config: true }), candidate: candidateRevision.pick({ image: true, config: true }) }),
        (config) =>
            revisionDigest(config.candidate) === revisionDigest(config.stable)
                ? [
                      problem(
                          "candidate",
                          undefined,
                          "has the image and the config of the stable revision",
                          "change what is to be rolled out, or remove the candidate",
                      ),
                  ]
                : [],
    ),
    ...[
        ["stable", "image"],
        ["candidate", "image"],
        ["watchdog", "image"],
    ].flatMap(imageRules),
    rule(z.object({ serviceName, stable: stableRevision.pick({ name: true }) }), (config) => tooLong(config.serviceName, "stable.name", config.stable.name)),
    rule(z.object({ serviceName, candidate: candidateRevision.pick({ name: true }) }), (config) =>
        tooLong(config.serviceName, "candidate.name", config.candidate.name),
    ),
    rule(z.object({ environment, gates: z.object({ kind: z.literal("order-only") }) }), (config) =>
        config.environment === "lab"
            ? []
            : [
                  problem(
                      "gates.kind",
                      config.gates.kind,
                      "takes steps without soak, evidence and approvals, which only a lab may",
                      "use full; an override lifts one condition of one step, with a reason and an end: docs/approvals.md",
                  ),
              ],
    ),
    ...testerRules,
    rule(z.object({ environment, checklist: z.object({ enforced: z.literal(false) }) }), (config) =>
        config.environment === "prod"
            ? [
                  problem(
                      "checklist.enforced",
                      false,
                      "takes steps with open boxes, which production may not",
                      "remove it; an override lifts one box of one step, with a reason and an end: docs/approvals.md",
                  ),
              ]
            : [],
    ),
    rule(z.object({ environment, ledger: z.undefined().optional() }), (config) =>
        config.environment === "prod"
            ? [
                  problem(
                      "ledger.writers",
                      undefined,
                      "is missing, and without it records count whoever wrote them",
                      "set ledger.writers.deployers to the users that run 'pulumi up', as the API server names them: docs/ledger.md",
                  ),
              ]
            : [],
    ),
    rule(z.object({ environment, gates, metrics: z.undefined().optional() }), (config) =>
        config.environment === "lab" && config.gates.kind === "order-only"
            ? []
            : [
                  problem(
                      "metrics",
                      undefined,
                      "is missing, and a step forward needs live evidence",
                      config.environment === "lab"
                          ? "set prometheusUrl, gatewayUrl and gateway, or gates.kind to order-only"
                          : "set prometheusUrl, gatewayUrl and gateway",
                  ),
              ],
    ),
    rule(z.object({ gates: z.object({ kind: z.literal("full") }), metrics: z.object({ gateway: z.undefined().optional() }) }), () => [
        problem(
            "metrics.gateway",
            undefined,
            "is missing, and without it no gate sees what users got",
            "set metrics.gateway.kind to envoy, istio or custom: docs/gate.md",
        ),
    ]),
    rule(z.object({ environment, metrics: z.object({ gateway: z.object({ kind: z.literal("none") }) }) }), (config) =>
        config.environment === "lab"
            ? []
            : [
                  problem(
                      "metrics.gateway.kind",
                      config.metrics.gateway.kind,
                      "judges steps without what users got, which only a lab may",
                      "use envoy, istio or custom: docs/gate.md",
                  ),
              ],
    ),
    rule(
        z.object({
            watchdog: z.object({}),
            metrics: z.object({ prometheusTokenVariable: z.string() }),
            communication: z.object({ watchdogSecretName: z.undefined().optional() }).optional(),
        }),
        ({ metrics }) => [
            problem(
                "metrics.prometheusTokenVariable",
                metrics.prometheusTokenVariable,
                "can't be read by the watchdog, whose pods get secrets as files",
                "set communication.watchdogSecretName, or prometheusTokenFile in its place",
            ),
        ],
    ),
    rule(z.object({ environment, preflight: z.object({ postgresStandbys: z.int() }) }), (config) =>
        config.environment === "prod" && config.preflight.postgresStandbys === 0
            ? [problem("preflight.postgresStandbys", 0, "lets production run on one server", "use at least 1, or leave it out for 1")]
            : [],
    ),
    rule(z.object({ environment, timeScale }), (config) =>
        config.environment === "lab" || config.timeScale === 1
            ? []
            : [problem("timeScale", config.timeScale, "shortens the plan's soaks, which only a lab may", "remove it")],
    ),
    rule(z.object({ stores: z.object({ kafka: kafka.pick({ replicationFactor: true, minimumInSyncReplicas: true }) }), environment }), (config) =>
        replication(config.environment, config.stores.kafka),
    ),
    rule(z.object({ environment, stores: z.object({ kafka: kafka.pick({ tls: true }) }) }), (config) =>
        config.environment === "prod" && !config.stores.kafka.tls
            ? [problem("stores.kafka.tls", false, "sends records and credentials in plain text", "use true in prod")]
            : [],
    ),
    rule(z.object({ environment, stores: z.object({ kafka: kafka.pick({ sasl: true }) }) }), (config) =>
        config.environment === "prod" && config.stores.kafka.sasl === "none"
            ? [problem("stores.kafka.sasl", "none", "leaves the access list without a name to go by", "use scram-sha-512 in prod")]
            : [],
    ),
    ...(["redis", "clickhouse"] as const).map((store) =>
        rule(
            z.object({ environment: z.literal("prod"), stores: z.object({ [store]: z.object({ kind: z.literal("external"), tls: z.literal(false) }) }) }),
            () => [problem(`stores.${store}.tls`, false, "sends data and credentials in plain text", "use true in prod")],
        ),
    ),
    rule(z.object({ environment, stores: z.object({ postgres: postgres.pick({ sslMode: true }) }) }), (config) =>
        config.environment === "prod" && config.stores.postgres.sslMode !== "verify-full"
            ? [problem("stores.postgres.sslMode", config.stores.postgres.sslMode, "does not prove who the server is", "use verify-full in prod")]
            : [],
    ),
];

/** What an image at `path` must be: never a tag that moves, and by digest outside a lab. */
export function imageRules(path: Path): readonly Rule[] {
    return [
        (config) => {
            const parsed = image.safeParse(valueAtPath(config, path));
            return parsed.success ? movingTag(keyOf(path), parsed.data) : [];
        },
        (config) => {
            const parsed = z.object({ environment, image }).safeParse({ environment: valueAtPath(config, ["environment"]), image: valueAtPath(config, path) });
            return parsed.success ? digestMissing(parsed.data.environment, keyOf(path), parsed.data.image) : [];
        },
    ];
}

function digestMissing(stackEnvironment: z.infer<typeof environment>, key: string, image: string): readonly ConfigProblem[] {
    return stackEnvironment === "lab" || image.includes("@sha256:")
        ? []
        : [problem(key, image, "has no digest, so what it means can change", `write it as registry/repository:tag@sha256:<64 hex> in ${stackEnvironment}`)];
}

function movingTag(key: string, image: string): readonly ConfigProblem[] {
    const pinned = image.includes("@sha256:") || (/:[\w][\w.-]*$/.test(image) && !image.endsWith(":latest"));
    return pinned ? [] : [problem(key, image, "names whatever is newest", "write a tag of its own, or a digest")];
}

function tooLong(service: string, key: string, revision: string): readonly ConfigProblem[] {
    const { length } = `${service}-${revision}`;
    return length <= longestRevisionObjectName
        ? []
        : [
              problem(
                  key,
                  revision,
                  `makes object names too long: ${service}-${revision} has ${String(length)} characters`,
                  `shorten it, or serviceName, to ${String(longestRevisionObjectName)} characters together with the dash`,
              ),
          ];
}

function replication(
    stackEnvironment: z.infer<typeof environment>,
    wanted: { readonly replicationFactor: number; readonly minimumInSyncReplicas: number },
): readonly ConfigProblem[] {
    const { replicationFactor, minimumInSyncReplicas } = wanted;
    const [copies, inSync] = ["stores.kafka.replicationFactor", "stores.kafka.minimumInSyncReplicas"];
    const problems: ConfigProblem[] = [];
    if (stackEnvironment === "prod" && replicationFactor < 3) {
        problems.push(problem(copies, replicationFactor, "loses records with two brokers down", "use at least 3 in prod"));
    }
    if (stackEnvironment === "prod" && minimumInSyncReplicas < 2) {
        problems.push(problem(inSync, minimumInSyncReplicas, "lets a record exist on one broker only", "use at least 2 in prod"));
    }
    if (minimumInSyncReplicas > replicationFactor) {
        problems.push(
            problem(inSync, minimumInSyncReplicas, "is above replicationFactor, so nothing could be written", `use at most ${String(replicationFactor)}`),
        );
    } else if (problems.length === 0 && stackEnvironment !== "lab" && minimumInSyncReplicas === replicationFactor) {
        problems.push(
            problem(inSync, minimumInSyncReplicas, "equals replicationFactor, so one broker down stops all writing", "use a number below replicationFactor"),
        );
    }
    return problems;
}
