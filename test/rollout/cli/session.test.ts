import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { type Session, UsageError, openSession } from "../../../rollout/cli/session.ts";
import { readTarget } from "../../../rollout/cli/target.ts";
import { addRollback } from "../../../rollout/cli/commands/rollback.ts";
import { addGate, addStatus } from "../../../rollout/cli/commands/status.ts";
import { defined } from "../../../rollout/defined.ts";
import { FakeApiServer } from "../kubernetes/fake-api-server.ts";
import { rolling } from "../arbitraries.ts";
import { routeOf } from "../route/route.ts";
import { orderOnlyTarget, runCommand, stackFolder } from "./fake-session.ts";

const metrics = { prometheusUrl: "http://127.0.0.1:9", gatewayUrl: "http://127.0.0.1:9", scrapeIntervalSeconds: 15 };
let folder: string;
let server: FakeApiServer;
beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "session-"));
    server = new FakeApiServer();
});
afterEach(() => {
    server.remove();
    rmSync(folder, { recursive: true });
});

/** The file of a target, as the program writes it for the watchdog. */
function targetFile(change: object = {}): string {
    const file = join(folder, "target.json");
    writeFileSync(file, JSON.stringify({ ...orderOnlyTarget, kubeContext: "lab", ...change }));
    return file;
}

describe("a session", () => {
    it("is about the stack that is named, by its file", async () => {
        const stack = stackFolder();
        try {
            expect(await openSession({ cwd: stack.folder, stack: "lab" })).toMatchObject({
                target: { namespace: "nova-lab", kubeContext: "nova-lab-1" },
                stack: { name: "lab", folder: stack.folder },
            });
        } finally {
            stack.remove();
        }
    });

    it("acts as another context where one is named", async () => {
        expect((await openSession({ target: targetFile({ metrics }), context: "other" })).target).toMatchObject({ kubeContext: "other" });
    });

    it.each([undefined, ""])("asks for a stack where none is named: %s", async (stack) => {
        vi.stubEnv("PULUMI_STACK", undefined);
        await expect(openSession(defined({ stack }))).rejects.toThrow(UsageError);
    });

    it("says which file of a program is missing", async () => {
        await expect(openSession({ cwd: folder, stack: "none" })).rejects.toThrow(/rollout\.config\.ts can't be read\. What to do: /);
    });
});

describe("a stack whose config can't be used", () => {
    const faults = [
        {
            what: "an unknown key",
            change: (text: string) => text.replace("config:\n", 'config:\n  video-ranking:rolloutPercnt: "10"\n'),
            names: /rolloutPercnt/,
        },
        { what: "a wrong value", change: (text: string) => text.replace('timeScale: "0.025"', 'timeScale: "fast"'), names: /timeScale/ },
        {
            what: "a weight that the plan does not have",
            change: (text: string) => text.replace('rolloutPercent: "0"', 'rolloutPercent: "33"'),
            names: /rolloutPercent/,
        },
        {
            what: "a value without quotes",
            change: (text: string) => text.replace('CACHE_TTL_SECONDS: "300"', "CACHE_TTL_SECONDS: 0300"),
            names: /CACHE_TTL_SECONDS/,
        },
        { what: "a revision without an image", change: (text: string) => text.replace(/    image: registry.*\n/, ""), names: /stable\.image/ },
        { what: "no metrics", change: (text: string) => text.replace(/ {2}video-ranking:metrics:\n(?: {4}.*\n)+/, ""), names: /metrics/ },
        {
            what: "a gateway without a name",
            change: (text: string) => text.replace(/( {2}video-ranking:gateway:\n)(?: {4}.*\n)+/, "$1    retry: maybe\n"),
            names: /gateway/,
        },
    ] as const;

    it.each(faults)("has $what: a way back knows where its route is all the same, and says what is wrong; others are refused", async ({ change, names }) => {
        const stack = stackFolder();
        try {
            const path = join(stack.folder, "Pulumi.lab.yaml");
            writeFileSync(path, change(readFileSync(path, "utf8")));
            await expect(openSession({ cwd: stack.folder, stack: "lab" })).rejects.toThrow(names);
            const session = await openSession({ cwd: stack.folder, stack: "lab", anyConfig: true });
            expect(session).toMatchObject({ target: { namespace: "nova-lab", service: "video-ranking", kubeContext: "nova-lab-1" }, stack: { name: "lab" } });
            expect(session.unheeded?.message).toMatch(names);
        } finally {
            stack.remove();
        }
    });

    it("keeps what can be used of it: where evidence is, who writes records, and how fast time runs", async () => {
        const stack = stackFolder();
        try {
            const path = join(stack.folder, "Pulumi.lab.yaml");
            writeFileSync(path, readFileSync(path, "utf8").replace("config:\n", 'config:\n  video-ranking:rolloutPercnt: "10"\n'));
            const { target } = await openSession({ cwd: stack.folder, stack: "lab", anyConfig: true });
            expect(target).toMatchObject({ timeScale: 0.025, metrics: { gateway: { kind: "envoy" }, scrapeIntervalSeconds: 1 } });
        } finally {
            stack.remove();
        }
    });

    it("is refused with its problems where it does not say where the route is", async () => {
        const stack = stackFolder();
        try {
            const path = join(stack.folder, "Pulumi.lab.yaml");
            writeFileSync(path, readFileSync(path, "utf8").replace(/ {2}video-ranking:namespace: .*\n/, ""));
            await expect(openSession({ cwd: stack.folder, stack: "lab", anyConfig: true })).rejects.toThrow(/namespace/);
        } finally {
            stack.remove();
        }
    });

    it("has no problem to tell where its config is good", async () => {
        const stack = stackFolder();
        try {
            expect((await openSession({ cwd: stack.folder, stack: "lab", anyConfig: true })).unheeded).toBeUndefined();
        } finally {
            stack.remove();
        }
    });
});

describe("a target's file", () => {
    it("is read as it was written", () => {
        expect(readTarget(targetFile({ metrics }))).toMatchObject({ namespace: "prod", service: "api", metrics });
    });

    it.each([
        { what: "a key that it does not know", change: { metrics, other: 1 }, names: /other/ },
        { what: "a time scale of 0", change: { metrics, timeScale: 0 }, names: /timeScale/ },
        { what: "gates of a kind that there is not", change: { metrics, gates: { kind: "none" } }, names: /gates/ },
        { what: "a role that there is not", change: { metrics, approvals: { roles: { boss: [] }, requireVerifiedIdentity: true } }, names: /boss|roles/ },
    ])("is refused with $what", ({ change, names }) => {
        expect(() => readTarget(targetFile(change))).toThrow(names);
    });
});

describe("a credential plugin of the kubeconfig", () => {
    const list = { status: 200, body: { items: [], metadata: {} } };
    const route = routeOf(rolling(10));
    const answer = ({ url, method }: { readonly url: string; readonly method: string }) =>
        url.includes("httproutes")
            ? {
                  status: 200,
                  body: {
                      ...route,
                      metadata: { ...route.metadata, managedFields: [{ manager: "pulumi", time: "2025-10-26T06:00:00Z", fieldsV1: ownedByProgram }] },
                  },
              }
            : method === "POST"
              ? { status: 201, body: { status: { userInfo: { username: "tess" } }, metadata: { name: "x", creationTimestamp: new Date().toISOString() } } }
              : url.includes("configmaps/")
                ? { status: 404, body: {} }
                : list;
    const session = (): Promise<Session> => openSession({ target: targetFile({ metrics: { ...metrics }, gates: { kind: "full" }, kubeContext: "lab" }) });

    it.each([
        { command: "status", add: addStatus, args: ["status"] },
        { command: "gate", add: addGate, args: ["gate"] },
        { command: "rollback", add: addRollback, args: ["rollback", "--reason", "errors", "--no-reconcile"] },
    ])("is run once for a whole command: $command", async ({ add, args }) => {
        await server.answer(answer);
        const runs = server.withCredentialPlugin({ token: "one" });
        await runCommand(add, await session(), args);
        expect(server.requests.length).toBeGreaterThan(1);
        expect(runs()).toBe(1);
    });

    it("is run once by requests that begin together", async () => {
        await server.answer(() => list);
        const runs = server.withCredentialPlugin({ token: "one" });
        const { ledger, consents, signatures, cluster } = await session();
        await Promise.allSettled([ledger.read(), consents.read(), signatures.read(), cluster.readyEndpoints("prod", "api-v1")]);
        expect(runs()).toBe(1);
    });

    it("is run again when the credential has expired, and not before", async () => {
        await server.answer(() => list);
        const early = server.withCredentialPlugin({ token: "one", expirationTimestamp: "2020-01-01T00:00:00Z" });
        const expired = await session();
        await expired.consents.read();
        await expired.consents.read();
        expect(early()).toBe(2);
        const late = server.withCredentialPlugin({ token: "two", expirationTimestamp: "2999-01-01T00:00:00Z" });
        const valid = await session();
        await valid.consents.read();
        await valid.consents.read();
        expect(late()).toBe(1);
    });

    it("that fails is said in its own words, and no token of it", async () => {
        await server.answer(() => list);
        server.withCredentialPlugin("echo 'log in first: token=abcdefghijkl' >&2; exit 1");
        const reading = (await session()).consents.read();
        await expect(reading).rejects.toThrow(/the kubeconfig's user has no credential: log in first: \(left out\)/);
    });

    it.each([
        { what: "prints no JSON", script: "echo nothing" },
        { what: "is not there", script: "exec /no/such/plugin" },
    ])("that $what is an error that says where to look", async ({ script }) => {
        await server.answer(() => list);
        server.withCredentialPlugin(script);
        await expect((await session()).consents.read()).rejects.toThrow(/the kubeconfig's user has no credential: .+: see its 'exec' plugin/);
    });
});

/** What the API server notes of a program that wrote record and rules. */
const ownedByProgram = {
    "f:metadata": { "f:annotations": { "f:nova.example.com/rollout-percent": {}, "f:nova.example.com/stable": {}, "f:nova.example.com/candidate": {} } },
    "f:spec": { "f:rules": {} },
};

/** What only an environment of Pulumi ESC has, as the CLI says it: no ESC is in reach, so a script stands in for `pulumi config --json`. */
describe("a stack with values in an environment", () => {
    let stack: ReturnType<typeof stackFolder>;
    const asked = (): string => readFileSync(join(stack.folder, "asked"), "utf8");
    const path = (): string => join(stack.folder, "Pulumi.lab.yaml");

    /** Puts a CLI on the path that answers, takes a key out of the file and names an environment in it. */
    function without(key: RegExp, answer: object | undefined): void {
        const text = readFileSync(path(), "utf8");
        expect(text).toMatch(key);
        writeFileSync(path(), `${text.replace(key, "")}environment:\n  - production\n`);
        const end = answer === undefined ? "echo 'error: please log in' >&2; exit 255" : `cat <<'END'\n${JSON.stringify(answer)}\nEND`;
        writeFileSync(join(stack.folder, "pulumi"), `#!/bin/sh\necho "$@" >"$(dirname "$0")/asked"\n${end}\n`, { mode: 0o755 });
        vi.stubEnv("PATH", `${stack.folder}:${process.env.PATH ?? ""}`);
    }
    const withTimeScale = (timeScale: string) => {
        without(/ {2}video-ranking:timeScale: .*\n/, {
            "video-ranking:timeScale": { value: timeScale, secret: false },
            "video-ranking:postgresAdminPassword": { secret: true },
            "video-ranking:metrics": { value: "{}", objectValue: { ...metrics, gateway: { kind: "envoy" } }, secret: false },
            "other:timeScale": { value: "1", secret: false },
        });
    };

    beforeEach(() => {
        stack = stackFolder();
    });
    afterEach(() => {
        stack.remove();
    });

    it("has them from the engine, which opens no secret for it", async () => {
        withTimeScale("0.5");
        const session = await openSession({ cwd: stack.folder, stack: "lab" });
        expect(session.target).toMatchObject({ timeScale: 0.5, metrics: { prometheusUrl: "http://127.0.0.1:9" } });
        expect(asked()).toBe("config --json --stack lab --non-interactive --color never\n");
    });

    it("has what is written into its file afterwards from there", async () => {
        withTimeScale("0.5");
        const session = await openSession({ cwd: stack.folder, stack: "lab" });
        session.stack?.file.setRolloutPercent(10);
        expect(session.stack?.file.values()).toMatchObject({ rolloutPercent: 10, timeScale: "0.5" });
    });

    it("is refused by the same rules: a value of the environment that the plan does not allow", async () => {
        withTimeScale("2");
        await expect(openSession({ cwd: stack.folder, stack: "lab" })).rejects.toThrow(/timeScale/);
    });

    it("is an error where the engine can't be asked: nothing of it is taken as missing", async () => {
        without(/ {2}video-ranking:timeScale: .*\n/, undefined);
        await expect(openSession({ cwd: stack.folder, stack: "lab" })).rejects.toThrow(
            /has 'environment', so that the engine alone knows all of the config: 'pulumi config' failed: error: please log in\. What to do: log in/,
        );
        const reads = await openSession({ cwd: stack.folder, stack: "lab", anyConfig: true });
        expect(reads.unheeded?.message).toContain("please log in");
        expect(reads.target).toMatchObject({ namespace: "nova-lab", timeScale: 1 });
    });

    it("goes back by its file alone, without a question to the engine", async () => {
        withTimeScale("0.5");
        const session = await openSession({ cwd: stack.folder, stack: "lab", anyConfig: true, withoutEngine: true });
        expect(session.target).toMatchObject({ namespace: "nova-lab", service: "video-ranking", kubeContext: "nova-lab-1" });
        expect(session.unheeded?.message).toContain("a rollback does not ask it");
        expect(() => asked()).toThrow(/ENOENT/);
    });

    it("says which keys a rollback needs in the file, where they are in the environment", async () => {
        without(/ {2}video-ranking:namespace: .*\n/, {});
        await expect(openSession({ cwd: stack.folder, stack: "lab", anyConfig: true, withoutEngine: true })).rejects.toThrow(
            /needs namespace, serviceName and cluster in the file/,
        );
    });
});

describe("a stack without an environment", () => {
    it("asks no engine: its file has everything, which the program compares at each update", async () => {
        const stack = stackFolder();
        vi.stubEnv("PATH", stack.folder);
        try {
            expect((await openSession({ cwd: stack.folder, stack: "lab" })).target).toMatchObject({ timeScale: 0.025 });
        } finally {
            stack.remove();
        }
    });
});
