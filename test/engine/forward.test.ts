import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { databaseName } from "../../components/database-name.ts";
import { startLabService, stopLabService } from "../../lab/api.ts";
import type { Weight } from "../../rollout/plan/plan.ts";
import { stepAt } from "../../rollout/plan/plan.ts";
import {
    ChangeRecorder,
    TrialStack,
    changeCount,
    eventually,
    expectRefused,
    expectSettled,
    generatedPasswords,
    nextRevision,
    outsideObjects,
    resourceTypes,
    stateFiles,
    succeeding,
} from "../helpers/engine.ts";
import { plan } from "../../service/plan.ts";

/**
 * One stack from nothing to a finished rollout, with everything that must not happen tried on the way. The tests build on each other.
 *
 * The pods are simulated: they become ready by themselves. What is proved is what the program, the engine and Kubernetes' controllers do.
 */
describe("a rollout, forward", () => {
    let stack: TrialStack;
    let recorder: ChangeRecorder;
    let printed = "";

    const up = async (): Promise<void> => {
        printed += (await succeeding(stack.up())).output;
    };
    const stable = () => stack.stable.name;
    const candidate = () => nextRevision(stack.stable);

    beforeAll(async () => {
        // Without measurements an autoscaler leaves the number of pods alone. With them it takes away, pod by pod, what a hand added to pods that have nothing to do,
        // and nobody could tell that from a program that resets the number. What it does with measurements: test/lab/resource-metrics.test.ts.
        await stopLabService("prometheus");
        stack = await TrialStack.create("forward");
    });
    afterAll(async () => {
        await startLabService("prometheus");
        recorder.stop();
        await stack.remove();
    });

    it("previews from nothing exactly what up then does", async () => {
        const preview = await succeeding(stack.preview());
        const deployed = await succeeding(stack.up());
        printed += preview.output + deployed.output;
        expect(created(deployed.steps)).toEqual(created(preview.steps));
        expect(changeCount(deployed)).toBeGreaterThan(10);
        expect(await stack.live.weights()).toEqual({ [stable()]: 100 });
        const { service } = stack.live;
        const database = databaseName(service);
        expect(await outsideObjects(stack)).toEqual(
            expect.arrayContaining([`certificate ${service}-tls`, `database ${database}`, `topic ${service}.engagement-events`]),
        );
        recorder = await ChangeRecorder.start(stack.live);
    });

    it("has nothing to do when repeated", async () => {
        await expectSettled(stack);
    });

    it("runs a declared candidate dark, with the stable revision at full strength", async () => {
        stack.configure({ candidate: candidate(), rolloutPercent: 0 });
        await up();
        expect(await stack.live.weights()).toEqual({ [stable()]: 100, [candidate().name]: 0 });
        expect(await stack.live.readyPods()).toEqual({ [stable()]: 6, [candidate().name]: 1 });
    });

    it.each(["preview", "up"] as const)("refuses a jump from 0 to 50 in %s, and changes nothing", async (command) => {
        recorder.clear();
        stack.configure({ rolloutPercent: 50 });
        const result = command === "preview" ? await stack.preview() : await stack.up();
        expectRefused(result, /at 0 %, and 50 % is not the next step.*set rolloutPercent to 10/s);
        expect(recorder.changes).toEqual([]);
    });

    it("changes the route at 10 % only after the gate, the autoscaler and the pods", async () => {
        await step(10);
    });

    it("leaves alone what was scaled by hand in between, and a repeated up too", async () => {
        await stack.live.scaleByHand(stable(), 8);
        await stack.live.scaleByHand(candidate().name, 4);
        await expectSettled(stack);
        await step(25);
        expect((await stack.live.scale(stable())).replicas).toBe(8);
        expect((await stack.live.scale(candidate().name)).replicas).toBe(4);
    });

    it("brings a deleted stable pod back with the config of its own revision", async () => {
        const before = (await stack.live.pods()).filter(({ revision }) => revision === stable());
        const [victim] = before;
        expect(victim).toBeDefined();
        await stack.live.deletePod(victim?.name ?? "");
        const known = new Set(before.map(({ uid }) => uid));
        const replacement = await eventually(async () =>
            (await stack.live.pods()).find((pod) => pod.revision === stable() && pod.ready && !known.has(pod.uid)),
        );
        expect(replacement.configMapName).toBe(victim?.configMapName);
        expect(replacement.secretName).toBe(victim?.secretName);
        expect(await stack.live.configMap(replacement.configMapName ?? "")).toEqual(stack.stable.config);
    });

    it("refuses a jump that is aimed at the route alone with --target", async () => {
        recorder.clear();
        const [route] = (await stack.up()).steps.filter(({ type }) => type.endsWith(":HTTPRoute"));
        stack.configure({ rolloutPercent: 100 });
        expectRefused(await stack.up({ options: ["--target", route?.urn ?? ""] }), /at 25 %, and 100 % is not the next step/);
        expect(await stack.live.weights()).toEqual({ [stable()]: 75, [candidate().name]: 25 });
        stack.configure({ rolloutPercent: 25 });
    });

    it.each([
        { what: "a second candidate", change: () => nextRevision(stack.stable, 2), message: /a second candidate, v1-2-0, while v1-1-0 is at 25 %/ },
        {
            what: "another image",
            change: () => ({ ...candidate(), image: nextRevision(stack.stable, 2).image }),
            message: /v1-1-0 has another image or config/,
        },
        { what: "another setting", change: () => ({ ...candidate(), config: { RANKING_MODEL: "other" } }), message: /v1-1-0 has another image or config/ },
    ])("refuses $what while a candidate is under way, and changes nothing", async ({ change, message }) => {
        recorder.clear();
        stack.configure({ candidate: change() });
        expectRefused(await stack.preview(), message);
        expectRefused(await stack.up(), message);
        expect(recorder.changes).toEqual([]);
        stack.configure({ candidate: candidate() });
    });

    it.each([50, 100] as const)("goes on to %i percent", async (weight) => {
        await step(weight);
    });

    it("keeps every pod when the rollout is finished, and sets the autoscaler to 3-10", async () => {
        const finished = candidate();
        const before = (await stack.live.pods()).filter(({ revision }) => revision === finished.name).map(({ uid }) => uid);
        stack.configure({ stable: finished, candidate: undefined, rolloutPercent: 0 });
        await up();
        const after = (await stack.live.pods()).filter(({ ready }) => ready).map(({ uid }) => uid);
        expect(after.toSorted()).toEqual(before.toSorted());
        expect(await stack.live.scale(finished.name)).toEqual({ minimum: 3, maximum: 10, replicas: before.length });
        expect(await stack.live.weights()).toEqual({ [finished.name]: 100 });
        await expectSettled(stack);
    });

    it("shows no password in state, preview or logs", async () => {
        const passwords = [...(await generatedPasswords(stack)), stack.environment.NOVA_LAB_POSTGRES_PASSWORD ?? ""];
        expect(passwords.length).toBeGreaterThan(10);
        expect(passwords.every((password) => password.length >= 16)).toBe(true);
        const preview = await stack.preview({ options: ["--json"] });
        const detailed = await stack.preview({ options: ["--diff", "--show-sames"] });
        const places = [
            ...stateFiles(stack),
            { path: "pulumi up", text: printed },
            { path: "pulumi preview --json", text: preview.output },
            { path: "pulumi preview --diff", text: detailed.output },
            // Only `--debug` shows what the SDK writes for debugging, and that holds secrets in plain text: a trait of Pulumi that docs/tutorial.md warns of.
            { path: "event log", text: withoutDebug(preview.eventLog + detailed.eventLog) },
        ];
        expect(places.every(({ text }) => text.length > 0)).toBe(true);
        const shown = passwords.flatMap((password) =>
            [password, Buffer.from(password).toString("base64")].flatMap((form) => places.filter(({ text }) => text.includes(form)).map(({ path }) => path)),
        );
        expect(shown).toEqual([]);
    });

    it("leaves nothing when destroyed", async () => {
        const destroyed = await succeeding(stack.destroy());
        expect(changeCount(destroyed)).toBeGreaterThan(10);
        expect(await resourceTypes(stack)).toEqual([]);
        expect(await stack.live.namespaceExists()).toBe(false);
        expect(await outsideObjects(stack)).toEqual([]);
    });

    /** Steps forward, and expects the order that is safe: gate, then autoscaler, then as many ready pods as the plan says, then the route. */
    async function step(weight: Weight): Promise<void> {
        recorder.clear();
        stack.configure({ rolloutPercent: weight });
        await up();
        const name = candidate().name;
        expect(await stack.live.weights()).toEqual(weight === 100 ? { [name]: 100 } : { [stable()]: 100 - weight, [name]: weight });
        const routes = recorder.changes.filter(({ kind }) => kind === "HTTPRoute");
        expect(routes).toHaveLength(1);
        const routeVersion = routes[0]?.version ?? Number.NaN;
        const wantedByProgram = recorder.changes.filter(({ kind }) => kind !== "Pod" && kind !== "Deployment");
        expect(wantedByProgram.at(0)?.kind).toBe("ConfigMap");
        expect(wantedByProgram.at(-1)?.kind).toBe("HTTPRoute");
        expect(recorder.readyPodsAt(routeVersion, name)).toBeGreaterThanOrEqual(stepAt(plan, weight).candidateReplicas);
        expect(recorder.readyPodsAt(routeVersion, stable())).toBeGreaterThanOrEqual(6);
    }
});

function created(steps: readonly { readonly operation: string; readonly urn: string }[]): readonly string[] {
    return steps
        .filter(({ operation }) => operation === "create")
        .map(({ urn }) => urn)
        .toSorted();
}

function withoutDebug(eventLog: string): string {
    return eventLog
        .split("\n")
        .filter((line) => !line.includes('"severity":"debug"'))
        .join("\n");
}
