import { execa } from "execa";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, parseDocument, stringify } from "yaml";
import { z } from "zod";

import { labLayout, prometheusFiles, readLabState, reloadPrometheus, startLabService, stopLabService } from "../../lab/api.ts";
import { post } from "../../lab/http.ts";
import { runRollout } from "../../lab/trial/rollout-process.ts";
import { TrialStack } from "../../lab/trial/trial-stack.ts";
import { waitUntil } from "../../lab/wait.ts";
import { exitCode } from "../../rollout/cli/exit-code.ts";
import { deployerRights, rulesOf } from "../../rollout/doctor/rights.ts";
import { needsOf } from "../../config/cluster-needs.ts";
import { parseConfig } from "../../config/parse.ts";
import { succeeding } from "../helpers/engine.ts";

const resultSchema = z.object({
    passed: z.boolean(),
    results: z.array(z.object({ check: z.string(), state: z.enum(["ok", "problem", "unknown", "not-tried"]), text: z.string(), fix: z.string().optional() })),
});

/** Something that is taken away from a healthy lab, and what the doctor says then. */
interface Loss {
    readonly what: string;
    /** Takes it away, and gives back how it is put back. */
    readonly take: () => Promise<() => Promise<void>>;
    readonly check: string;
    readonly state?: "problem" | "unknown";
    readonly text: string;
    readonly as?: string;
}

/** The doctor on the lab's own cluster, with a stack that the real engine deployed. */
describe("the doctor", () => {
    let stack: TrialStack;
    const deployer = "doctor-trial-deployer";

    async function doctor(...args: readonly string[]) {
        const {
            exitCode: code,
            result,
            said,
        } = await runRollout({
            checkout: stack.checkout,
            environment: stack.environment,
            // A machine with two labs and two processors takes its time: that is no finding.
            args: ["doctor", ...args, "--timeout", "120", "--stack", stack.name],
        });
        const parsed = resultSchema.safeParse(result);
        return { code, results: parsed.success ? parsed.data.results : [], said: `${JSON.stringify(result)} ${said}` };
    }

    async function kubectl(args: readonly string[], input = ""): Promise<void> {
        await execa("kubectl", args, { env: stack.environment, extendEnv: false, input });
    }

    /** Changes keys of the stack's file, without an `up`: the doctor reads what is wanted. */
    function wanted(change: Readonly<Record<string, unknown>>): () => Promise<void> {
        const before = readFileSync(stack.configFile, "utf8");
        const config = parseDocument(before);
        for (const [key, value] of Object.entries(change)) {
            config.setIn(["config", ...key.split("/").map((part, index) => (index === 0 ? `video-ranking:${part}` : part))], config.createNode(value));
        }
        writeFileSync(stack.configFile, config.toString());
        return async () => {
            writeFileSync(stack.configFile, before);
            return Promise.resolve();
        };
    }

    async function patched(kind: string, name: string, patch: object, back: object, ...where: readonly string[]): Promise<() => Promise<void>> {
        const json = async (body: object) => kubectl([...where, "patch", kind, name, "--type=json", `--patch=${JSON.stringify([body])}`]);
        await json(patch);
        return async () => json(back);
    }

    /** A user with a deployer's rights, but for those that `without` names. */
    async function bind(without?: { readonly resource: string; readonly verb: string }): Promise<void> {
        const { config: file } = z.object({ config: z.record(z.string(), z.unknown()) }).parse(parse(readFileSync(stack.configFile, "utf8")));
        const keys = Object.entries(file).flatMap(([key, value]) =>
            key.startsWith("video-ranking:") ? [[key.slice("video-ranking:".length), value] as const] : [],
        );
        const parsed = parseConfig(Object.fromEntries(keys), { variables: stack.environment, secretKeys: new Set() });
        if (!parsed.ok) {
            throw new Error(JSON.stringify(parsed.problems));
        }
        const rights = deployerRights(needsOf(parsed.config), stack.live.namespace).filter(
            ({ resource, verb }) => resource !== without?.resource || verb !== without.verb,
        );
        const metadata = { name: deployer };
        const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata, rules: rulesOf(rights) };
        const binding = {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata,
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: deployer },
            subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: deployer }],
        };
        await kubectl(["apply", "-f", "-"], [role, binding].map((object) => stringify(object)).join("---\n"));
    }

    /** Prometheus' scrape of pods without a label that gates ask for. */
    async function withoutLabel(label: string): Promise<() => Promise<void>> {
        const [layout, state] = [labLayout(), readLabState()];
        if (state === undefined) {
            throw new Error("the lab is not up");
        }
        const file = prometheusFiles(layout).configuration;
        const config = parseDocument(readFileSync(file, "utf8"));
        const schema = z.array(z.object({ target_label: z.string().optional() }));
        const rules = schema.parse(
            z.object({ scrape_configs: z.array(z.looseObject({ relabel_configs: schema.optional() })) }).parse(config.toJS()).scrape_configs[0]
                ?.relabel_configs,
        );
        config.deleteIn(["scrape_configs", 0, "relabel_configs", rules.findIndex(({ target_label: target }) => target === label)]);
        writeFileSync(file, config.toString());
        await post(`http://127.0.0.1:${String(state.ports.prometheus)}/-/reload`, { withinMs: 10_000 });
        return async () => reloadPrometheus(layout, state);
    }

    beforeAll(async () => {
        stack = await TrialStack.create("doctor");
        await succeeding(stack.up());
    });
    afterAll(async () => {
        await kubectl(["delete", "clusterrole,clusterrolebinding", deployer, "--ignore-not-found"]);
        await stack.remove();
    });

    it("finds nothing wrong before the first deployment, and says what it could not try", async () => {
        const back = wanted({ namespace: "doctor-empty", serviceName: "empty" });
        const { code, results, said } = await doctor();
        await back();
        expect(
            results.filter(({ state }) => state === "problem"),
            said,
        ).toEqual([]);
        expect(results.filter(({ state }) => state === "not-tried").map(({ check }) => check)).toEqual(
            expect.arrayContaining(["route", "pod-labels", "gateway-metrics"]),
        );
        expect(code).toBe(exitCode.error);
    });

    it("finds nothing wrong with a healthy lab, and does not pass what it can't know: whether network policies hold", async () => {
        await waitUntil(
            async () => {
                const { code, results, said } = await doctor();
                expect(
                    results.filter(({ state }) => state === "problem"),
                    said,
                ).toEqual([]);
                expect(
                    results.filter(({ state }) => state === "unknown").map(({ check }) => check),
                    said,
                ).toEqual(["network-policies"]);
                expect(code).toBe(exitCode.error);
            },
            { what: "a healthy lab", withinMs: 240_000 },
        );
    });

    it("says that all is well where a user has every right of a deployer", async () => {
        await bind();
        const { code, said } = await doctor("--only", "rights", "--as", deployer);
        expect(code, said).toBe(exitCode.done);
    });

    const losses: readonly Loss[] = [
        {
            what: "a verb of the deployer's role",
            take: async () => {
                await bind({ resource: "httproutes", verb: "patch" });
                return async () => bind();
            },
            check: "rights",
            text: `${deployer} may not patch httproutes.gateway.networking.k8s.io in nova-trial-doctor`,
            as: deployer,
        },
        {
            what: "the listener for the host name",
            take: async () => {
                const at = { op: "replace", path: "/spec/listeners/0/hostname" };
                return patched("gateway", "public", { ...at, value: "*.other.example.com" }, { ...at, value: "*.lab.example.com" }, "-n", "gateway-system");
            },
            check: "listener",
            text: "no listener of Gateway gateway-system/public takes the host name trial-doctor.lab.example.com",
        },
        {
            what: "a version that a definition serves",
            take: async () => {
                const links = { grafanaUrl: "https://grafana.example.com", runbookUrl: "https://docs.example.com" };
                const back = wanted({ observability: { team: "ranking", ...links, receivers: { secretName: "receivers", channel: "#alerts" } } });
                const at = { op: "replace", path: "/spec/versions/0/served" };
                const serve = await patched("crd", "podmonitors.monitoring.coreos.com", { ...at, value: false }, { ...at, value: true });
                return async () => {
                    await serve();
                    await back();
                };
            },
            check: "kinds",
            text: "the API server does not serve PodMonitor in monitoring.coreos.com/v1",
        },
        { what: "Prometheus' label of the revision", take: async () => withoutLabel("revision"), check: "prometheus", text: "without the label revision" },
        {
            what: "Prometheus' label of the revision, as the targets show it",
            take: async () => withoutLabel("revision"),
            check: "pod-labels",
            text: "under revision ''",
        },
        {
            what: "the issuer",
            take: async () => Promise.resolve(wanted({ "gateway/tlsIssuer": "gone" })),
            check: "issuers",
            text: "there is no ClusterIssuer gone",
        },
        {
            what: "the metrics API",
            take: async () => {
                await stopLabService("resource-metrics");
                return async () => startLabService("resource-metrics");
            },
            check: "metrics-api",
            text: "nothing answers for it",
        },
        {
            what: "the default StorageClass",
            take: async () => {
                const at = { op: "replace", path: "/metadata/annotations/storageclass.kubernetes.io~1is-default-class" };
                return patched("storageclass", "lab", { ...at, value: "false" }, { ...at, value: "true" });
            },
            check: "storage",
            text: "the cluster has no default StorageClass; it has lab",
        },
        {
            what: "a network of pods",
            take: async () => Promise.resolve(wanted({ "cluster/podNetworks": ["10.99.0.0/16"] })),
            check: "pod-networks",
            text: "pods are outside of 10.99.0.0/16",
        },
        {
            what: "a service account's rights",
            take: async () => Promise.resolve(wanted({ ledger: { writers: { deployers: ["system:serviceaccount:ci:deployer"] } } })),
            check: "identities",
            text: "system:serviceaccount:ci:deployer may not get, list, watch, create, patch, delete",
        },
        {
            what: "what is known of a person's groups",
            take: async () => Promise.resolve(wanted({ ledger: { writers: { deployers: ["someone@example.com"] } } })),
            check: "identities",
            state: "unknown",
            text: "what someone@example.com may do can't be known from here",
        },
        {
            what: "a registry that can be asked of the watchdog's image",
            take: async () => Promise.resolve(wanted({ watchdog: { image: `registry.example.com/nova/watchdog:1@sha256:${"a".repeat(64)}` } })),
            check: "watchdog-image",
            state: "unknown",
            text: "registry.example.com",
        },
        { what: "users", take: async () => Promise.resolve(wanted({ gates: { kind: "full" } })), check: "traffic", text: "even a clean candidate can't show" },
    ];

    it.each(losses)("names $what where it is taken away, with what to do", async ({ take, check, state = "problem", text, as }) => {
        const giveBack = await take();
        try {
            await waitUntil(
                async () => {
                    const { code, results, said } = await doctor("--only", check, ...(as === undefined ? [] : ["--as", as]));
                    expect(results, said).toMatchObject([
                        { check, state, text: expect.stringContaining(text) as string, fix: expect.stringMatching(/\w/) as string },
                    ]);
                    expect(code).toBe(state === "problem" ? exitCode.hold : exitCode.error);
                },
                { what: `the doctor's word on ${check}`, withinMs: 240_000 },
            );
        } finally {
            await giveBack();
        }
    });

    it("is healthy again once all of it is back", async () => {
        await waitUntil(
            async () => {
                const { results, said } = await doctor();
                expect(
                    results.filter(({ state }) => state === "problem"),
                    said,
                ).toEqual([]);
            },
            { what: "a healthy lab", withinMs: 240_000 },
        );
    });
});
