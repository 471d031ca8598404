import { execa } from "execa";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { kubeContext, labLayout } from "../../lab/api.ts";
import { serviceAccountContext, serviceAccountKubeconfig } from "../../lab/trial/service-account.ts";
import { waitUntil } from "../../lab/wait.ts";
import { TrialStack, nextRevision, succeeding } from "../helpers/engine.ts";
import { runTarget } from "../helpers/pipeline.ts";

/** The way back as the pipeline takes it, beside a watch that lasts: there are no users, so that the step can't become ready. The tests build on each other. */
describe("a merge that goes back", () => {
    let stack: TrialStack;
    let deploys = "";
    let watching: ReturnType<typeof runTarget> | undefined;
    const candidate = () => nextRevision(stack.stable);
    const weights = async () => (await stack.live.weights())[candidate().name];

    beforeAll(async () => {
        stack = await TrialStack.create("pipelines-back");
        stack.configure({ candidate: candidate() });
        await succeeding(stack.up());
        stack.configure({ rolloutPercent: 10 });
        await succeeding(stack.up());
        deploys = readFileSync(labLayout().kubeconfig, "utf8");
    });
    afterAll(async () => {
        await watching;
        await stack.remove();
    });

    it("lowers the weight while the step is watched, without a preflight, as soon as the stack is free", async () => {
        stack.configure({ rolloutPercent: 25 });
        watching = runTarget(stack, "ci-rollout", { kubeconfig: deploys, opensSecrets: true, options: ["PREFLIGHT=--only rollback-rehearsal"] });
        await waitUntil(
            async () => {
                expect(await weights()).toBe(25);
            },
            { what: "the step to 25 %", withinMs: 180_000, everyMs: 200 },
        );
        // The update that took the step still holds the stack for a moment.
        stack.configure({ rolloutPercent: 10 });
        // No file of a trial is in git, so nothing shows that the weight alone is new.
        const refused = await runTarget(stack, "ci-down", { kubeconfig: deploys, opensSecrets: true });
        expect(refused.exitCode).not.toBe(0);
        expect(refused.output).toContain("more than a lower weight is new since the last change of the route");
        expect(await weights()).toBe(25);
        const { exitCode, output } = await runTarget(stack, "ci-down", { kubeconfig: deploys, opensSecrets: true, options: ["DIRECTION=down"] });
        expect(exitCode, output).toBe(0);
        expect(await weights()).toBe(10);
    });

    it("puts all traffic back with the rights on the route and the ledger alone, and nothing that opens the stack", async () => {
        stack.configure({ rolloutPercent: 0 });
        const { exitCode, output } = await runTarget(stack, "ci-back", { kubeconfig: await goesBack() });
        expect(exitCode, output).toBe(0);
        expect(await weights()).toBe(0);
        expect(output).not.toMatch(/not in the ledger/);
    });

    it("ends the watch, so that the state of the stack gets its turn", async () => {
        const watched = await watching;
        expect(watched?.exitCode, watched?.output).not.toBe(0);
        expect(watched?.output).toMatch(/rolled back|is over|no longer/);
        await succeeding(stack.up());
        expect(await weights()).toBe(0);
    });

    /** A kubeconfig of an account that may patch the route, and write to the ledger. */
    async function goesBack(): Promise<string> {
        const { namespace } = stack.live;
        const name = "goes-back";
        const apiVersion = "rbac.authorization.k8s.io/v1";
        const items = [
            { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
            {
                apiVersion,
                kind: "Role",
                metadata: { name, namespace },
                rules: [
                    { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: ["get", "patch"] },
                    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "create"] },
                ],
            },
            {
                apiVersion,
                kind: "RoleBinding",
                metadata: { name, namespace },
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
                subjects: [{ kind: "ServiceAccount", name, namespace }],
            },
        ];
        await execa("kubectl", ["apply", "-f", "-"], {
            extendEnv: false,
            env: stack.environment,
            input: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
        });
        const text = await serviceAccountKubeconfig(labLayout().kubeconfig, { namespace, serviceAccount: name });
        return text.replaceAll(serviceAccountContext, kubeContext);
    }
});
