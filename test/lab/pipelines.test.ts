import * as kubernetes from "@kubernetes/client-node";
import { execa } from "execa";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { kubeContext, labLayout } from "../../lab/api.ts";
import { type Load, startLoad } from "../../lab/load/load.ts";
import { serviceAccountContext, serviceAccountKubeconfig } from "../../lab/trial/service-account.ts";
import { runRollout } from "../../lab/trial/rollout-process.ts";
import { waitUntil } from "../../lab/wait.ts";
import { TrialStack, nextRevision, succeeding } from "../helpers/engine.ts";
import { type Rule, runTarget } from "../helpers/pipeline.ts";

/**
 * What the pipelines run, as they run it: by make, on a stack with users, with a kubeconfig that is text in a variable and no file. Whoever previews, looks for
 * drift or rehearses has an identity that may change nothing. The tests build on each other.
 */
describe("the commands of the pipelines", () => {
    let stack: TrialStack;
    let load: Load | undefined;
    const kubeconfigs = { deploys: "", reads: "", inspects: "", rehearses: "" };
    const candidate = () => nextRevision(stack.stable);
    const comment = () => join(stack.checkout, ".rollout/ci/comment.md");

    /** Whoever only reads or rehearses has nothing that decrypts. */
    async function make(target: string, as?: keyof typeof kubeconfigs, options: readonly string[] = []) {
        const kubeconfig = as === undefined ? {} : { kubeconfig: kubeconfigs[as] };
        return runTarget(stack, target, { ...kubeconfig, opensSecrets: as === "deploys" || as === "inspects", options });
    }

    beforeAll(async () => {
        stack = await TrialStack.create("pipelines");
        stack.configure({ timeScale: 0.03, candidate: candidate() });
        await succeeding(stack.up());
        load = await startLoad({ host: stack.hostname, requestsPerSecond: 400, forSeconds: 3_600 });
        kubeconfigs.deploys = readFileSync(labLayout().kubeconfig, "utf8");
        kubeconfigs.reads = await identity("reads", readsNoSecret);
        kubeconfigs.inspects = await identity("inspects", [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] }]);
        kubeconfigs.rehearses = await identity("rehearses", [
            { apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] },
            { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: ["patch"] },
        ]);
        stack.configure({ rolloutPercent: 10 });
    });
    afterAll(async () => {
        await load?.stop();
        rmSync(comment(), { force: true });
        await kubectl(["delete", "clusterrole,clusterrolebinding", "--ignore-not-found", ...["reads", "inspects", "rehearses"].map(roleName)]);
        await stack.remove();
    });

    it("install in a step of its own, and say 'forward' of a change that git can't show", async () => {
        expect(await make("ci-install")).toMatchObject({ exitCode: 0 });
        const { exitCode, output } = await make("ci-direction");
        expect(exitCode, output).toBe(0);
        expect(output.trim().split("\n").at(-1)).toBe("forward");
    });

    it("preview a step for a pull request, by an identity that reads no Secret and decrypts nothing: weights, gate, checklist and every resource in one comment", async () => {
        rmSync(comment(), { force: true });
        stack.configure({ gates: { kind: "full" } });
        const { exitCode, output } = await make("ci-preview", "reads");
        stack.configure({ gates: { kind: "order-only", reason: "nobody approves in this trial" } });
        expect(exitCode, output).toBe(0);
        const text = readFileSync(comment(), "utf8");
        const { service } = stack.live;
        expect(text).toContain(`<!-- rollout-preview:${stack.name} -->`);
        expect(text).toContain(`| ${service}-${stack.stable.name} | 100 | 90 |`);
        expect(text).toContain(`| ${service}-${candidate().name} | 0 | 10 |`);
        expect(text).toMatch(/Gate, judged now: \*\*10 % may(?: not)? be taken/);
        expect(text).toMatch(/^\| (?:pass|hold) \| baseline-error-ratio \| .+ \|$/m);
        expect(text).toMatch(/<summary>Checklist: \d+ open before this step<\/summary>\n\n(?:- .*\n)*- team-trained: The team knows the dashboards: /);
        expect(text).toContain("No secret was opened for this preview");
        expect(text).toMatch(
            /<summary>\d+ resources change, \d+ stay<\/summary>\n\n(?:\|.*\n)*\| update \| kubernetes:gateway\.networking\.k8s\.io\/v1:HTTPRoute \|/,
        );
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 100, [candidate().name]: 0 });
    });

    it("are told by the preflight what `rollout forecast` says of the steps to come, at the traffic of now", async () => {
        const { checkout, environment } = stack;
        const asked = async (...args: readonly string[]) => runRollout({ checkout, environment, args: [...args, "--stack", stack.name] });
        stack.configure({ gates: { kind: "full" } });
        const forecast = await asked("forecast");
        const { result, exitCode } = await asked("preflight", "--only", "forecast");
        stack.configure({ gates: { kind: "order-only", reason: "nobody approves in this trial" } });
        const late = z
            .object({ steps: z.array(z.object({ weightPercent: z.number(), tooSlow: z.array(z.object({ criterion: z.string() })) })) })
            .parse(forecast.result)
            .steps.flatMap(({ weightPercent, tooSlow }) => tooSlow.map(({ criterion }) => `${criterion} at ${String(weightPercent)} %`));
        const found = z
            .object({ results: z.tuple([z.object({ check: z.literal("forecast"), state: z.string(), evidence: z.object({ late: z.array(z.string()) }) })]) })
            .parse(result).results[0];
        expect({ exitCode, state: found.state }).toEqual(late.length === 0 ? { exitCode: 0, state: "passed" } : { exitCode: 3, state: "failed" });
        expect(found.evidence.late.length === 0).toBe(late.length === 0);
    });

    it("take the step after the merge, with a preflight before it, and watch until it may be left", async () => {
        const checks = ["--only", "scrapes,autoscaling,rollback-rehearsal"];
        // New pods are scraped, and known to the autoscalers, some seconds after they are ready.
        await waitUntil(
            async () => {
                const { checkout, environment } = stack;
                const ready = await runRollout({ checkout, environment, args: ["preflight", "--stack", stack.name, ...checks] });
                expect(ready.exitCode, `${ready.said} ${JSON.stringify(ready.result)}`).toBe(0);
            },
            { what: "what the preflight asks for", withinMs: 90_000, everyMs: 1_000 },
        );
        const { exitCode, output } = await make("ci-rollout", "deploys", [`PREFLIGHT=${checks.join(" ")}`]);
        expect(exitCode, output).toBe(0);
        expect(output).toMatch(/3 passed, 0 failed[^]*Resources:[^]*is ready to leave 10 %/);
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 90, [candidate().name]: 10 });
    });

    it("take no step where the preflight finds something in the way", async () => {
        stack.configure({ rolloutPercent: 25 });
        const { exitCode, output } = await make("ci-rollout", "deploys", ["PREFLIGHT=--only certificates"]);
        expect(exitCode, output).not.toBe(0);
        expect(output).toMatch(/in the way are certificates/);
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 90, [candidate().name]: 10 });
        stack.configure({ rolloutPercent: 10 });
    });

    it("rehearse the exact rollback in a dry run, and fail for whoever may not take it", async () => {
        const before = await stack.live.route();
        const rehearsed = await make("ci-rehearsal", "rehearses");
        expect(rehearsed.exitCode, rehearsed.output).toBe(0);
        expect(rehearsed.output).toMatch(/ok\s+rollback-rehearsal/);
        const refused = await make("ci-rehearsal", "reads");
        expect(refused.exitCode, refused.output).not.toBe(0);
        expect(refused.output).toMatch(/FAILED\s+rollback-rehearsal/);
        expect((await stack.live.route())?.spec).toEqual(before?.spec);
    });

    it("find no drift where there is none, and the field that somebody changed by hand", async () => {
        const clean = await make("ci-drift", "inspects");
        expect(clean.exitCode, clean.output).toBe(0);
        await stack.live.client(kubernetes.AutoscalingV2Api).patchNamespacedHorizontalPodAutoscaler({
            namespace: stack.live.namespace,
            name: `${stack.live.service}-${stack.stable.name}`,
            body: [{ op: "replace", path: "/spec/maxReplicas", value: 7 }],
            fieldManager: "by-hand",
        });
        const edited = await make("ci-drift", "inspects");
        expect(edited.exitCode, edited.output).not.toBe(0);
        expect(edited.output).toMatch(/HorizontalPodAutoscaler.*spec/);
    });

    const roleName = (purpose: string): string => `${stack.name}-${purpose}`;

    /** A kubeconfig of an account with these rights, in all of the cluster, whose context is named as the stack's file names it. */
    async function identity(purpose: string, rules: readonly Rule[]): Promise<string> {
        const name = roleName(purpose);
        const { namespace } = stack.live;
        const apiVersion = "rbac.authorization.k8s.io/v1";
        const items = [
            { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
            { apiVersion, kind: "ClusterRole", metadata: { name }, rules },
            {
                apiVersion,
                kind: "ClusterRoleBinding",
                metadata: { name },
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
                subjects: [{ kind: "ServiceAccount", name, namespace }],
            },
        ];
        await kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
        const text = await serviceAccountKubeconfig(labLayout().kubeconfig, { namespace, serviceAccount: name });
        return text.replaceAll(serviceAccountContext, kubeContext);
    }

    async function kubectl(args: readonly string[], input = ""): Promise<void> {
        await execa("kubectl", args, { extendEnv: false, env: stack.environment, input });
    }
});

/** What a preview and a forecast read of a cluster: RBAC has no way to leave Secrets out of everything, so all the rest is named. */
const readsNoSecret: readonly Rule[] = [
    {
        apiGroups: [""],
        resources: [
            "configmaps",
            "endpoints",
            "limitranges",
            "namespaces",
            "nodes",
            "persistentvolumeclaims",
            "pods",
            "resourcequotas",
            "serviceaccounts",
            "services",
        ],
        verbs: ["get", "list", "watch"],
    },
    {
        apiGroups: [
            "admissionregistration.k8s.io",
            "apps",
            "autoscaling",
            "batch",
            "cert-manager.io",
            "discovery.k8s.io",
            "gateway.networking.k8s.io",
            "metrics.k8s.io",
        ],
        resources: ["*"],
        verbs: ["get", "list", "watch"],
    },
    {
        apiGroups: ["monitoring.coreos.com", "networking.k8s.io", "policy", "rbac.authorization.k8s.io", "scheduling.k8s.io", "storage.k8s.io"],
        resources: ["*"],
        verbs: ["get", "list", "watch"],
    },
];
