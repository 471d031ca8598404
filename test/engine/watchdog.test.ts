import * as kubernetes from "@kubernetes/client-node";
import { execa } from "execa";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { exitCode } from "../../rollout/cli/exit-code.ts";
import { labLayout } from "../../lab/api.ts";
import { serviceAccountContext, serviceAccountKubeconfig } from "../../lab/trial/service-account.ts";
import { referenceTo } from "../../rollout/route/revision.ts";
import { TrialStack, expectSettled, nextRevision, succeeding } from "../helpers/engine.ts";

/** The watchdog as the program makes it, and its command as a process with the rights of its service account: no container runs in the lab. */
describe("the release watchdog", () => {
    let stack: TrialStack;
    let folder: string;
    const candidate = () => nextRevision(stack.stable);
    const core = () => stack.live.client(kubernetes.CoreV1Api);
    const place = () => ({ namespace: stack.live.namespace });

    beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), "watchdog-"));
        stack = await TrialStack.create("watchdog");
        stack.configure({ candidate: candidate() });
        await succeeding(stack.run(["config", "set", "--path", "watchdog.image", "registry.example.com/nova/watchdog:1.0.0"]));
        await succeeding(stack.up());
        stack.configure({ rolloutPercent: 10 });
        await succeeding(stack.up());
    });
    afterAll(async () => {
        await stack.remove();
        rmSync(folder, { recursive: true });
    });

    it("is admitted to a namespace for restricted pods only, and becomes ready", async () => {
        const { items } = await core().listNamespacedPod({ ...place(), labelSelector: "app.kubernetes.io/component=watchdog" });
        expect(items.map(({ status }) => status?.conditions?.find(({ type }) => type === "Ready")?.status)).toEqual(["True", "True", "True"]);
        await expectSettled(stack);
    });

    it("rolls the candidate back with nothing but its own rights, and signs for it", async () => {
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 90, [candidate().name]: 10 });
        const result = await rollout("rollback", "--no-reconcile", "--reason", "errors 6.2 %, bound 5 %");
        expect(result.exitCode, result.all).toBe(exitCode.rolledBack);
        expect(result.all).not.toMatch(/not in the ledger/);
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 100, [candidate().name]: 0 });
        const maps = await core().listNamespacedConfigMap(place());
        const records = maps.items.map(({ data }) => JSON.stringify(data ?? {})).filter((text) => text.includes("errors 6.2 %, bound 5 %"));
        expect(records.length).toBe(1);
        expect(records[0]).toContain(`system:serviceaccount:${stack.live.namespace}:${stack.live.service}-watchdog`);
        expect(records[0]).toContain(referenceTo(candidate()).digest);
    });

    it("leaves a route that the program moves no further", async () => {
        stack.configure({ rolloutPercent: 10 });
        const refused = await stack.up();
        expect(refused.output).toMatch(/was rolled back: errors 6\.2 %, bound 5 %/);
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 100, [candidate().name]: 0 });
    });

    /** Runs a command as the watchdog's pod would: its file, its token, and neither engine nor config. */
    async function rollout(...command: readonly string[]) {
        const [target, kubeconfig] = [join(folder, "target.json"), join(folder, "kubeconfig")];
        const maps = await core().listNamespacedConfigMap({ ...place(), labelSelector: "app.kubernetes.io/component=watchdog" });
        writeFileSync(target, maps.items[0]?.data?.["target.json"] ?? "");
        const account = { namespace: stack.live.namespace, serviceAccount: `${stack.live.service}-watchdog` };
        writeFileSync(kubeconfig, await serviceAccountKubeconfig(labLayout().kubeconfig, account), { mode: 0o600 });
        return execa(process.execPath, [join(stack.checkout, "rollout/cli/index.ts"), ...command, "--target", target, "--context", serviceAccountContext], {
            cwd: folder,
            extendEnv: false,
            env: { KUBECONFIG: kubeconfig, PATH: process.env.PATH },
            all: true,
            reject: false,
        });
    }
});
