import { type PolicyFinding, stackRule, wrong } from "../../engine/rule.ts";
import type { StackIndex } from "../../engine/stack.ts";
import { kindOf, type KubernetesObject } from "../../engine/subject.ts";
import { type ArgoServices, argoServicesIn } from "../../shapes/argo-services.ts";
import { onEach } from "../../shapes/each.ts";
import { nameOf, percentText, sharesAmong } from "../../shapes/follow.ts";
import { checklist } from "../../shapes/references.ts";
import { type Revision, recordedRevision, revisionsIn } from "../../shapes/revisions.ts";
import { type RolloutRoute, rolloutsIn, routeKind } from "../../shapes/rollout-route.ts";
import { overlap, usersWaysTo, type Way, wayKinds, waysIn } from "../../shapes/ways.ts";

/**
 * What a route says is not what users get: its Services may select other pods, and other routes may lead to the same ones. So each way of users is followed through Services to pods.
 *
 * What the rollout's own route gets wrong by itself is for `rollout-backends` and `rollout-weights`; Services without pods are for `service-has-pods` and `backend-exists`.
 */
export const rolloutShare = stackRule({
    name: "rollout-share",
    title: "Each revision of a rollout gets the share of users' requests that the record says, followed from every route and Ingress through Services to pods; nothing else splits, copies or redirects them.",
    severity: "critical",
    level: "mandatory",
    references: [checklist("Phase 1: Canary")],
    check: (stack) => {
        const ownRollouts = new Map(rolloutsIn(stack).map((rollout) => [rollout.route, rollout]));
        return onEach(
            wayKinds.flatMap((kind) => stack.ofKind(kind)),
            function* (route) {
                const own = ownRollouts.get(route);
                if (own?.ways.length === 0) {
                    yield wrong(
                        "spec.rules",
                        `no rule takes users' requests: the stable revision gets 0 % and should get ${percentText(due(own, "stable"))}`,
                        "add one without a mark of testers",
                    );
                }
                for (const way of waysIn(stack).get(route) ?? []) {
                    if (way.forUsers) {
                        yield* own === undefined ? besideRollouts(stack, way) : ofRollout(stack, way, own);
                    }
                }
            },
        );
    },
});

/** The ways of a rollout's own route. */
function* ofRollout(stack: StackIndex, way: Way, rollout: RolloutRoute): Generator<PolicyFinding> {
    for (const mirror of way.mirrors) {
        yield wrong(mirror.path, `${mirror.name} gets a copy of ${percentText(mirror.percent)} of users' requests`, "remove the filter");
    }
    if (way.backends.length === 0 && !way.isUpgrade) {
        const where = way.redirectHost === undefined ? "nowhere" : `to ${way.redirectHost}`;
        yield wrong(
            way.path,
            `it leads users ${where}: the stable revision gets 0 % and should get ${percentText(due(rollout, "stable"))}`,
            "name its backends",
        );
        return;
    }
    const roles = rollout.candidate === undefined ? (["stable"] as const) : (["stable", "candidate"] as const);
    const named = (role: Revision["role"]) =>
        way.backends.filter(({ name }) => name === `${rollout.service}-${rollout[role] ?? ""}`).reduce((sum, { weight }) => sum + weight, 0);
    const shares = sharesAmong(stack, way.backends);
    if (shares === undefined || roles.some((role) => named(role) !== due(rollout, role))) {
        return;
    }
    for (const why of shares.blind) {
        yield wrong(way.path, `who gets the requests can't be told: ${why}`, "give each revision a Service that selects its pods");
    }
    const revisions = new Set<KubernetesObject>();
    for (const role of roles) {
        const workload = recordedRevision(stack, rollout, role);
        const got = workload === undefined ? 0 : (shares.percent.get(workload) ?? 0);
        if (workload !== undefined) {
            revisions.add(workload);
        }
        if (shares.blind.length === 0 && differ(got, due(rollout, role))) {
            yield wrong(way.path, `${gets(rollout, role, got)}, by the pods that its Services select`, "let each revision's Service select its own pods alone");
        }
    }
    for (const [workload, percent] of shares.percent) {
        if (!revisions.has(workload) && differ(percent, 0)) {
            yield wrong(
                way.path,
                `${nameOf(workload)} gets ${percentText(percent)} of the requests and is no revision of the rollout`,
                "let the Services select the two revisions alone",
            );
        }
    }
}

/** Any other way: it must not lead users to a candidate in another share, nor split them by hand. */
function* besideRollouts(stack: StackIndex, way: Way): Generator<PolicyFinding> {
    const argo = argoServicesIn(stack);
    for (const mirror of way.mirrors) {
        const copied = [...(sharesAmong(stack, [{ ...mirror, weight: 1, isWeighted: true }])?.percent.keys() ?? [])];
        const candidate = copied.map((workload) => revisionsIn(stack).get(workload)).find((revision) => revision?.role === "candidate");
        if (candidate !== undefined || argo.get(`${mirror.namespace} ${mirror.name}`)?.role === "next") {
            yield wrong(mirror.path, `${mirror.name}, the candidate, gets a copy of ${percentText(mirror.percent)} of users' requests`, "remove the filter");
        }
    }
    const isOnTheWay = (rollout: RolloutRoute) => rollout.ways.some((own) => overlap(own, way));
    const robbed = way.redirectHost === undefined || way.hosts.includes(way.redirectHost) ? undefined : rolloutsIn(stack).find(isOnTheWay);
    if (robbed !== undefined) {
        yield wrong(way.path, `it sends users of ${robbed.service} to ${way.redirectHost ?? ""}, past its weights`, "remove the redirect");
    }
    const shares = sharesAmong(stack, way.backends)?.percent ?? new Map<KubernetesObject, number>();
    const reached = [...shares].flatMap(([workload, percent]) => {
        const revision = revisionsIn(stack).get(workload);
        return revision?.role === "candidate" ? [{ ...revision, percent }] : [];
    });
    const isForTesters = (rollout: RolloutRoute) => !isOnTheWay(rollout) && way.backends.every(({ name, weight }) => weight === 0 || name.endsWith("-testers"));
    const wrongly = reached.filter(({ rollout, percent }) => differ(percent, due(rollout, "candidate")) && !isForTesters(rollout));
    for (const { rollout, percent } of wrongly) {
        yield wrong(
            way.path,
            `by this ${way.route.kind} ${gets(rollout, "candidate", percent)}`,
            "give it the weights of the rollout's own route, or for testers a Service of their own, whose name ends in -testers, and a host that users don't call",
        );
    }
    const ofArgo = argoShare(way, argo);
    if (ofArgo !== undefined) {
        yield* ofArgo.isManaged ? [] : besideArgo(stack, way, ofArgo.services, ofArgo.percent);
    } else if (wrongly.length === 0 && (reached.length === 0 || kindOf(way.route) === routeKind) && isSplit(way, shares)) {
        yield wrong(
            way.path,
            `it splits traffic without the record of a rollout: ${splitText(way)}`,
            "annotate an HTTPRoute with nova.example.com/rollout-percent, stable and candidate, and lead all requests of other routes to one revision",
        );
    }
}

/** What a way gives the canary of an Argo rollout, in percent, and whether Argo sets the weights, and none are written. */
function argoShare(way: Way, argo: ReadonlyMap<string, ArgoServices>) {
    const known = way.backends.map((backend) => ({ backend, services: argo.get(`${backend.namespace} ${backend.name}`) }));
    const canary = known.find(({ services, backend }) => services?.role === "next" && backend.kind === "core/Service");
    const services = canary?.services;
    if (canary === undefined || services === undefined || known.some((one) => one.services?.rollout !== services.rollout)) {
        return undefined;
    }
    const total = way.backends.reduce((sum, { weight }) => sum + weight, 0);
    const weight = way.backends.filter(({ name }) => name === canary.backend.name).reduce((sum, backend) => sum + backend.weight, 0);
    const isManaged =
        services.routes.has(`${way.route.namespace} ${way.route.name}`) && way.backends.length > 1 && !way.backends.some(({ isWeighted }) => isWeighted);
    return { isManaged, services, percent: total === 0 ? 0 : (100 * weight) / total };
}

/** Between rollouts the canary gets nothing; during one, Argo writes its weight. A way to the canary alone is for testers where no way to the stable revision overlaps it. */
function* besideArgo(stack: StackIndex, way: Way, { rollout, live, strategy, routes }: ArgoServices, percent: number): Generator<PolicyFinding> {
    const isPreview =
        way.backends.length === 1 &&
        !routes.has(`${way.route.namespace} ${way.route.name}`) &&
        !(usersWaysTo(stack).get(`${rollout.namespace} ${live}`) ?? []).some((other) => overlap(other, way));
    if (!isPreview && differ(percent, 0)) {
        const who = strategy === "canary" ? "canary" : "preview";
        yield wrong(
            way.path,
            `the ${who} of Rollout ${rollout.name} gets ${percentText(percent)} and should get 0 % until Argo switches`,
            `lead users to ${live}`,
        );
    }
}

/** What is due to a revision by the record, in percent. */
function due({ percent, candidate }: RolloutRoute, role: Revision["role"]): number {
    const toCandidate = candidate === undefined ? 0 : percent;
    return role === "candidate" ? toCandidate : 100 - toCandidate;
}

function gets(rollout: RolloutRoute, role: Revision["role"], got: number): string {
    return `${role === "stable" ? "the stable revision" : "the candidate"} ${rollout[role] ?? ""} gets ${percentText(got)} of users' requests and should get ${percentText(due(rollout, role))}`;
}

/** Whether requests go to several workloads by weight. Where the stack does not say who they are, different Services count as different. */
function isSplit(way: Way, shares: ReadonlyMap<KubernetesObject, number>): boolean {
    const services = new Set(way.backends.filter(({ weight }) => weight > 0).map(({ namespace, kind, name }) => `${kind} ${namespace} ${name}`));
    return services.size > 1 && shares.size !== 1;
}

function splitText({ backends }: Way): string {
    const total = backends.reduce((sum, { weight }) => sum + weight, 0);
    return backends.map(({ name, weight }) => `${name} gets ${percentText((100 * weight) / total)}`).join(", ");
}

/** Half a point is a matter of rounding. */
function differ(one: number, other: number): boolean {
    return !(Math.abs(one - other) <= 0.5);
}
