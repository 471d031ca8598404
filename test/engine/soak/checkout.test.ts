import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { z } from "zod";

import { labEnvironment, labLayout, readLabState } from "../../../lab/api.ts";
import { type Load, startLoad } from "../../../lab/load/load.ts";
import { type EngineResult, runEngine } from "../../../lab/trial/engine.ts";
import { LiveService } from "../../../lab/trial/live.ts";
import { waitUntil } from "../../../lab/wait.ts";
import { switchFault } from "../../../lab/workload/fault-switch.ts";
import { installLibrary, packLibrary } from "../../helpers/packed-library.ts";

const hostname = "checkout.lab.example.com";
const service = "checkout";
const stack = "lab";

/**
 * The example of a second service, as a stranger would use it: the packed library in a folder of its own, the real engine, gateway and Prometheus, and users. The tests build on
 * each other.
 */
describe("another service, on the packed library", () => {
    let folder: string;
    let app: string;
    let bin: string;
    let environment: Readonly<Record<string, string>>;
    let live: LiveService;
    let load: Load | undefined;

    beforeAll(async () => {
        const state = readLabState();
        if (state === undefined) {
            throw new Error("the lab is not up: start it with 'make lab-up'");
        }
        environment = labEnvironment(labLayout(), state);
        live = new LiveService(labLayout().kubeconfig, "checkout", service);
        folder = await mkdtemp(join(tmpdir(), "rollout-checkout-"));
        app = join(folder, "checkout-program");
        await cp(join(labLayout().checkout, "examples/checkout"), app, { recursive: true, filter: (source) => !source.endsWith("/node_modules") });
        await mkdir(join(folder, "pack"));
        bin = await installLibrary(await packLibrary(join(folder, "pack")), app, { peers: true });
        await removeStack();
        await pulumi("stack", "init", stack, "--no-select");
    });
    afterAll(async () => {
        await load?.stop();
        await removeStack();
        await rm(folder, { recursive: true, force: true });
    });

    it("deploys, declares a candidate and previews its first step, which nothing has earned yet", async () => {
        await up();
        load = await startLoad({ host: hostname, requestsPerSecond: 400, paths: ["/api/v1/cart"], seed: 3 });
        await declare("v1-1-0", "b");
        await up();
        expect(await live.weights()).toEqual({ "v1-0-0": 100, "v1-1-0": 0 });
        await configure("rolloutPercent", 1);
        const preview = await engine("preview");
        await configure("rolloutPercent", 0);
        expect(preview.exitCode).toBe(0);
        expect(preview.output).toContain("progressive-rollout:");
        expect(preview.output).toMatch(/forecast: (.* )?v1-1-0 from 0 % to 1 %/);
        const { result: status } = await rollout("status");
        expect(status).toMatchObject({ kind: "assessed", move: { from: 0, to: 1 } });
        expect((await rollout("gate")).exitCode).toBeOneOf([0, 3]);
    });

    it("goes to 5 % by itself, and waits there for the one approval of its plan", async () => {
        await reach(5);
        expect(await live.weights()).toEqual({ "v1-0-0": 95, "v1-1-0": 5 });
        expect(await rollout("run")).toMatchObject({ exitCode: 3, result: { kind: "held", obstacles: [{ id: "approvals" }] } });
        expect(await rollout("gate")).toMatchObject({ exitCode: 3 });
    });

    it("goes on to 100 % once its role approves, and becomes the stable revision", async () => {
        expect((await rollout("approve", "--role", "payments-lead")).exitCode).toBe(0);
        await reach(100);
        await waitUntil(() => succeeding("finish"), { what: "the finish", withinMs: 60_000 });
        expect(await live.weights()).toEqual({ "v1-1-0": 100 });
    });

    it("loses its users within seconds where the next release turns bad, and the stable revision has them all", async () => {
        await declare("v1-2-0", "c");
        await up();
        await configure("rolloutPercent", 1);
        await waitUntil(up, { what: "the step to 1 %", withinMs: 60_000 });
        const watch = rollout("watch", "--keep");
        await sleep(3_000);
        await switchFault({ service, revision: "v1-2-0", profile: "erroring" });
        expect(await watch).toMatchObject({ exitCode: 4, result: { kind: "rolled-back", reconciled: { kind: "updated" } } });
        expect(await live.weights()).toEqual({ "v1-1-0": 100, "v1-2-0": 0 });
        const before = await load?.counts();
        await sleep(2_000);
        const after = await load?.counts();
        expect(after?.byRevision["v1-2-0"]?.requests).toBe(before?.byRevision["v1-2-0"]?.requests);
        expect(after?.byRevision["v1-1-0"]?.requests).toBeGreaterThan(before?.byRevision["v1-1-0"]?.requests ?? 0);
        expect((after?.total.failures ?? 0) / (after?.total.requests ?? 0)).toBeLessThan(0.005);
    });

    it("leaves nothing behind when it is destroyed", async () => {
        await load?.stop();
        await endUsers();
        expect((await engine("destroy")).exitCode).toBe(0);
        expect(await live.namespaceExists()).toBe(false);
    });

    /**
     * Takes the rollout to a weight. The engine judges once more than the forecast does: an answer that comes late between the two holds the step, and the command is given again.
     */
    async function reach(weightPercent: number): Promise<void> {
        const until = ["run", "--until", String(weightPercent), "--wait", "60"];
        await waitUntil(() => succeeding(...until), { what: `the rollout at ${String(weightPercent)} %`, withinMs: 200_000 });
    }

    /** @throws {Error} with what a command of the packed library said, where it did not do it. */
    async function succeeding(...args: readonly string[]): Promise<void> {
        const { exitCode, result, said } = await rollout(...args);
        if (exitCode !== 0) {
            throw new Error(`rollout ${args.join(" ")} ended with ${String(exitCode)}: ${JSON.stringify(result)} ${said}`);
        }
    }

    /** Runs a command of the packed library on the stack. */
    async function rollout(...args: readonly string[]): Promise<{ readonly exitCode: number | undefined; readonly result: unknown; readonly said: string }> {
        const command = [bin, ...args, "--stack", stack, "--json"];
        const { exitCode, stdout, stderr } = await execa("node", command, { cwd: app, extendEnv: false, env: environment, reject: false });
        const last = stdout.split("\n").findLast((line) => line.startsWith("{"));
        return { exitCode, result: last === undefined ? stdout : JSON.parse(last), said: stderr };
    }

    async function up(): Promise<void> {
        const { exitCode, output } = await engine("up");
        if (exitCode !== 0) {
            throw new Error(output);
        }
    }

    async function engine(command: "up" | "preview" | "destroy"): Promise<EngineResult> {
        const args = [
            command,
            ...(command === "preview" ? [] : ["--yes", "--skip-preview"]),
            ...(command === "destroy" ? ["--run-program"] : []),
            "--stack",
            stack,
        ];
        return runEngine({ args, workingDirectory: app, environment });
    }

    async function pulumi(...args: readonly string[]): Promise<string> {
        return (await execa("pulumi", [...args, "--non-interactive"], { cwd: app, extendEnv: false, env: environment })).stdout;
    }

    /** Declares a candidate: another image, and so another revision. */
    async function declare(name: string, digit: string): Promise<void> {
        await configure("candidate", { name, image: `registry.example.com/shop/checkout@sha256:${digit.repeat(64)}`, config: { TELEMETRY: "opentelemetry" } });
    }

    /** Edits the stack's file, as a person does. */
    async function configure(key: string, value: unknown): Promise<void> {
        const file = join(app, `Pulumi.${stack}.yaml`);
        const document = parseDocument(await readFile(file, "utf8"));
        document.setIn(["config", `checkout:${key}`], document.createNode(value));
        await writeFile(file, document.toString());
    }

    /** Takes the users away by hand, without which nothing that they are on is deleted. */
    async function endUsers(): Promise<void> {
        await configure("rolloutPercent", 0);
        await live.deleteRoute();
    }

    /** Forgets the stack, with what an interrupted run left of it. */
    async function removeStack(): Promise<void> {
        const listed = z.array(z.object({ name: z.string() })).parse(JSON.parse(await pulumi("stack", "ls", "--json")));
        if (listed.some(({ name }) => name === stack)) {
            await endUsers();
            await engine("destroy");
            await pulumi("stack", "rm", stack, "--yes", "--preserve-config");
        }
    }
});
