import { execa } from "execa";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { parse, parseDocument } from "yaml";

import { ledgerFilePath } from "../../rollout/ledger/live/file.ts";
import type { RevisionSpec } from "../../rollout/route/revision.ts";
import type { Weight } from "../../rollout/plan/plan.ts";
import { profile } from "../../service/profile.ts";
import type { LabelledRoute } from "../../rollout/route/route-spec.ts";
import { envoyGatewayClusterName } from "../../rollout/settings/gateway-statistics.ts";
import { testerKeyHeader } from "../../rollout/route/testers.ts";
import { labEnvironment, labLayout, readLabState } from "../api.ts";
import { type EngineResult, type EngineRun, runEngine } from "./engine.ts";
import { LiveService } from "./live.ts";

/** A change of the stack config. What is omitted stays as it is. */
export interface StackChange {
    readonly rolloutPercent?: Weight;
    readonly stable?: RevisionSpec;
    /** Undefined takes the candidate out of the config. */
    readonly candidate?: RevisionSpec | undefined;
    /** What a step forward needs. */
    readonly gates?: { readonly kind: "full" } | { readonly kind: "order-only"; readonly reason: string };
    /** Whether a step needs the checklist's boxes. */
    readonly checklist?: { readonly enforced: true } | { readonly enforced: false; readonly reason: string };
    /** Where live evidence comes from. */
    readonly metrics?: {
        readonly prometheusUrl: string;
        readonly gatewayUrl: string;
        readonly gateway: { readonly kind: "envoy"; readonly clusterName?: string } | { readonly kind: "none"; readonly reason: string };
        readonly gatewayStatsUrl?: string;
        readonly podProxyUrl?: string;
        readonly scrapeIntervalSeconds: number;
    };
    /** The gateway that the route is on. */
    readonly gateway?: { readonly name: string; readonly namespace: string; readonly hostname: string; readonly tlsIssuer: string };
    /** Factor on every soak and time limit. */
    readonly timeScale?: number;
    /** Where the preflight looks. */
    readonly preflight?: { readonly testResults: readonly string[]; readonly scanReport: string; readonly postgresStandbys: number };
    /** A chat that hears of the rollout: the environment variable with its address. */
    readonly communication?: { readonly slack: { readonly urlVariable: string } };
    /** How the stack is watched. */
    readonly observability?: {
        readonly team: string;
        readonly grafanaUrl: string;
        readonly runbookUrl: string;
        readonly receivers: { readonly secretName: string; readonly channel: string };
    };
}

/** The lab's own Prometheus, gateway and way to pods, as a stack's config names them. */
export const labMetrics = {
    prometheusUrl: "${env:NOVA_LAB_PROMETHEUS_URL}",
    gatewayUrl: "${env:NOVA_LAB_GATEWAY_URL}",
    gateway: { kind: "envoy" },
    gatewayStatsUrl: "${env:NOVA_LAB_GATEWAY_STATS_URL}",
    podProxyUrl: "${env:NOVA_LAB_POD_PROXY}",
    scrapeIntervalSeconds: 1,
} as const;

/** The same with the lab's second gateway, which is started on demand. */
export const secondGatewayMetrics = {
    ...labMetrics,
    gatewayUrl: "${env:NOVA_LAB_SECOND_GATEWAY_URL}",
    gateway: { kind: "envoy", clusterName: envoyGatewayClusterName },
    gatewayStatsUrl: "${env:NOVA_LAB_SECOND_GATEWAY_STATS_URL}",
} as const;

/** How a command is run. */
export type CommandOptions = Pick<EngineRun, "onLine" | "kill" | "interrupt" | "withinMs"> & {
    /** Further options of the CLI, such as `["--target", urn]`. */
    readonly options?: readonly string[];
};

/**
 * A stack of its own in the running lab: its own name, namespace, service, topics and database, so that it disturbs no other.
 *
 * It runs the real CLI in the checkout, as a person would. Its config file is a copy of Pulumi.lab.yaml beside it, and goes away with the stack.
 */
export class TrialStack {
    /** Name of the stack: `trial-<purpose>`. */
    readonly name: string;
    /** The lab's environment: PATH, KUBECONFIG, PULUMI_*. */
    readonly environment: Readonly<Record<string, string>>;
    /** Reads what is really there. */
    readonly live: LiveService;
    readonly checkout: string;

    private constructor(name: string, environment: Readonly<Record<string, string>>) {
        this.name = name;
        this.environment = environment;
        this.checkout = labLayout().checkout;
        this.live = new LiveService(labLayout().kubeconfig, `nova-${name}`, name);
    }

    /**
     * Makes an empty stack at 0 % with the lab's stable revision and no candidate. What an interrupted run of the same purpose left is destroyed first.
     *
     * @param purpose a DNS label of at most 20 characters.
     * @throws where the lab is not up, or leftovers can't be destroyed.
     */
    static async create(purpose: string): Promise<TrialStack> {
        const state = readLabState();
        if (state === undefined) {
            throw new Error("the lab is not up: start it with 'make lab-up'");
        }
        const stack = new TrialStack(`trial-${purpose}`, labEnvironment(labLayout(), state));
        if (existsSync(stack.configFile)) {
            await stack.remove();
        }
        const config = parseDocument(readFileSync(join(stack.checkout, "Pulumi.lab.yaml"), "utf8"));
        config.setIn(["config", `${project}:namespace`], stack.live.namespace);
        config.setIn(["config", `${project}:serviceName`], stack.live.service);
        // The gateway is shared: two routes for one host name would take turns.
        config.setIn(["config", `${project}:gateway`, "hostname"], stack.hostname);
        config.setIn(["config", `${project}:rolloutPercent`], 0);
        config.deleteIn(["config", `${project}:candidate`]);
        // Most trials are about the order of things, and bring no users that could show anything.
        config.setIn(["config", `${project}:gates`], config.createNode({ kind: "order-only", reason: "this trial brings no users" }));
        config.delete("encryptionsalt");
        writeFileSync(stack.configFile, config.toString());
        await stack.#cli(["stack", "init", "--no-select", "--stack", stack.name]);
        return stack;
    }

    /** Host name of the stack's service: users of the lab's gateway name it in the Host header. */
    get hostname(): string {
        return `${this.name}.lab.example.com`;
    }

    /** The stack's config file. */
    get configFile(): string {
        return join(this.checkout, `Pulumi.${this.name}.yaml`);
    }

    /** The stable revision that the config declares. */
    get stable(): RevisionSpec {
        return revisionSchema.parse(this.#config.stable);
    }

    /** What the program writes on the stack's route. */
    get routeDesign(): LabelledRoute {
        const gateway = gatewaySchema.parse(this.#config.gateway);
        return {
            profile,
            service: this.live.service,
            hostname: gateway.hostname,
            gateway: { name: gateway.name, namespace: gateway.namespace, retry: false, testers: { kind: "header" } },
        };
    }

    /** The headers by which a tester reaches the stack's candidate. */
    async testerHeaders(): Promise<Readonly<Record<string, string>>> {
        const key = await this.live.testerKey();
        if (key === undefined) {
            throw new Error(`stack ${this.name} has no tester key: run 'pulumi up' first`);
        }
        return { [testerKeyHeader]: key };
    }

    /** Edits the stack config. */
    configure(change: StackChange): void {
        const config = parseDocument(readFileSync(this.configFile, "utf8"));
        for (const [key, value] of Object.entries(change)) {
            if (value === undefined) {
                config.deleteIn(["config", `${project}:${key}`]);
            } else {
                config.setIn(["config", `${project}:${key}`], config.createNode(value));
            }
        }
        writeFileSync(this.configFile, config.toString());
    }

    /** `pulumi up`, without the preview before it unless asked for. */
    async up(options: CommandOptions & { readonly withPreview?: boolean } = {}): Promise<EngineResult> {
        return this.run(["up", "--yes", ...(options.withPreview === true ? [] : ["--skip-preview"])], options);
    }

    async preview(options: CommandOptions = {}): Promise<EngineResult> {
        return this.run(["preview"], options);
    }

    async refresh(options: CommandOptions = {}): Promise<EngineResult> {
        return this.run(["refresh", "--yes", "--skip-preview"], options);
    }

    /** Ends the service as a person must: takes its users away first, by hand, and then runs `pulumi destroy` with the program. */
    async destroy(options: CommandOptions = {}): Promise<EngineResult> {
        this.configure({ rolloutPercent: 0 });
        await this.live.deleteRoute();
        return this.run(["destroy", "--run-program", "--yes", "--skip-preview"], options);
    }

    /** Any command of the CLI, on this stack. */
    async run(command: readonly string[], { options = [], ...how }: CommandOptions = {}): Promise<EngineResult> {
        return runEngine({
            args: [...command, ...options, "--stack", this.name],
            workingDirectory: this.checkout,
            environment: this.environment,
            ...how,
        });
    }

    /** The stack's state. Secrets are encrypted in it, unless `showSecrets`. */
    async exportState(showSecrets = false): Promise<string> {
        return this.#cli(["stack", "export", "--stack", this.name, ...(showSecrets ? ["--show-secrets"] : [])]);
    }

    /** Destroys everything and forgets the stack. @throws where something can't be destroyed; the stack and its config are kept then. */
    async remove(): Promise<void> {
        const listed = z.array(z.object({ name: z.string(), current: z.boolean() })).parse(JSON.parse(await this.#cli(["stack", "ls", "--json"])));
        if (listed.some(({ name }) => name === this.name)) {
            await this.run(["cancel", "--yes"]);
            // A program that runs in order to be destroyed makes the providers that the state lacks, and only the next run deletes them.
            for (let runs = 0; runs < 2 && (await this.#hasResources()); runs += 1) {
                const destroyed = await this.destroy();
                if (destroyed.exitCode !== 0) {
                    throw new Error(`stack ${this.name} could not be destroyed: ${destroyed.errors === "" ? destroyed.output : destroyed.errors}`);
                }
            }
            await this.#cli(["stack", "rm", "--yes", "--preserve-config", "--stack", this.name]);
            // 'stack rm' also forgets which stack the person had selected, whatever it removes.
            const selected = listed.find(({ current }) => current);
            if (selected !== undefined && selected.name !== this.name) {
                await this.#cli(["stack", "select", selected.name]);
            }
        }
        rmSync(this.configFile, { force: true });
        // The ledger went with the namespace: the copy of it would belie the next stack of this name.
        rmSync(ledgerFilePath(this.checkout, this.name), { force: true });
    }

    async #hasResources(): Promise<boolean> {
        return stateSchema.parse(JSON.parse(await this.exportState())).deployment.resources.length > 0;
    }

    /** The stack's config, by key without the project's name. */
    get #config(): Readonly<Record<string, unknown>> {
        const { config } = stackFileSchema.parse(parse(readFileSync(this.configFile, "utf8")));
        return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(`${project}:`, ""), value]));
    }

    async #cli(args: readonly string[]): Promise<string> {
        const { stdout } = await execa("pulumi", [...args, "--non-interactive"], { cwd: this.checkout, extendEnv: false, env: this.environment });
        return stdout;
    }
}

/** Name of the project in Pulumi.yaml, and prefix of its config keys. */
const project = "video-ranking";

const stateSchema = z.object({ deployment: z.object({ resources: z.array(z.unknown()).default([]) }) });

const stackFileSchema = z.object({ config: z.record(z.string(), z.unknown()) });

const gatewaySchema = z.object({ name: z.string(), namespace: z.string(), hostname: z.string() });

const revisionSchema = z.object({ name: z.string(), image: z.string(), config: z.record(z.string(), z.string()) });
