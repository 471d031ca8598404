import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { credentialFiles } from "./credentials.ts";
import { folderVariable, type LabLayout } from "./layout.ts";
import { writeSecretFile } from "./secret-file.ts";
import { gatewayStatisticsUrlInside, secondGatewayInside } from "./network.ts";
import { hubAddress } from "./nodes/plan.ts";
import type { LabState } from "./state.ts";
import { kubeContext } from "./state.ts";
import { toolPath } from "./toolchain/paths.ts";

/** Encrypts the lab's secrets in Pulumi's state. Public: a lab guards nothing. */
const passphrase = "nova-lab";

/**
 * Environment in which `pulumi`, `kubectl` and the tests work on this lab. Add it to your own: PATH is not in it, see {@link labPath}.
 * The stack file of the lab names these variables where a real one has values.
 */
export function labVariables(layout: LabLayout, state: LabState): Readonly<Record<string, string>> {
    return {
        [folderVariable]: basename(layout.root),
        KUBECONFIG: layout.kubeconfig,
        PULUMI_BACKEND_URL: `file://${layout.pulumiBackend}`,
        PULUMI_HOME: layout.pulumiHome,
        PULUMI_CONFIG_PASSPHRASE: passphrase,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // The program, the language host and three stand-ins load the same packages at each command: compiled once, that takes a third less time.
        NODE_COMPILE_CACHE: join(layout.root, "node-compile-cache"),
        // The plugins are where downloaded ones would be, and nothing can be downloaded. The engine warns on each run of a plugin from PATH, and of the Kubernetes provider that the lab
        // can build, which is older than its SDK; of the second it doesn't where it is told that plugins are of one's own making.
        ...(state.pulumi.kind === "built"
            ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true", PULUMI_IGNORE_AMBIENT_PLUGINS: "true", PULUMI_DEV: "true" }
            : {}),
        NOVA_LAB_POSTGRES_HOST: "127.0.0.1",
        NOVA_LAB_POSTGRES_PORT: String(state.ports.postgres),
        NOVA_LAB_POSTGRES_USER: state.postgres.user,
        NOVA_LAB_POSTGRES_PASSWORD: state.postgres.password,
        NOVA_LAB_KAFKA_BOOTSTRAP: `127.0.0.1:${String(state.ports.kafka)}`,
        NOVA_LAB_KAFKA_PODS: `${hubAddress}:${String(state.ports.kafkaPods)}`,
        NOVA_LAB_KUBECONTEXT: kubeContext,
        NOVA_LAB_CLUSTER_ID: state.clusterId,
        NOVA_LAB_KUBERNETES_URL: `https://127.0.0.1:${String(state.ports.kubeApiserver)}`,
        NOVA_PREFLIGHT_STORE_AUTHORITY_FILE: credentialFiles(layout).certificateAuthority,
        NOVA_LAB_AUDIT_LOG: join(layout.logs, "audit.log"),
        NOVA_LAB_GATEWAY_URL: `http://127.0.0.1:${String(state.ports.gateway)}`,
        // Within the lab's network; from the machine, through NOVA_LAB_POD_PROXY.
        NOVA_LAB_GATEWAY_STATS_URL: gatewayStatisticsUrlInside,
        // The same of the second gateway, which answers once it was started: docs/gateways.md
        NOVA_LAB_SECOND_GATEWAY_URL: `http://127.0.0.1:${String(state.ports.secondGateway)}`,
        NOVA_LAB_SECOND_GATEWAY_STATS_URL: secondGatewayInside[state.nodes].statisticsUrl,
        NOVA_LAB_PROMETHEUS_URL: `http://127.0.0.1:${String(state.ports.prometheus)}`,
        NOVA_LAB_ALERTMANAGER_URL: `http://127.0.0.1:${String(state.ports.alertmanager)}`,
        NOVA_LAB_POD_PROXY: `http://127.0.0.1:${String(state.ports.podProxy)}`,
    };
}

/** PATH with the lab's programs in front of `path`. */
export function labPath(layout: LabLayout, path: string): string {
    return [layout.bin, ...path.split(":").filter((folder) => folder !== layout.bin)].join(":");
}

/** The whole environment for a child process: the caller's with the lab's. */
export function labEnvironment(layout: LabLayout, state: LabState): Readonly<Record<string, string>> {
    const own = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return { ...Object.fromEntries(own), ...labVariables(layout, state), PATH: labPath(layout, process.env.PATH ?? "/usr/bin:/bin") };
}

/** Writes `.lab/env` and fills `.lab/bin`. */
export function writeEnvironment(layout: LabLayout, state: LabState): void {
    mkdirSync(layout.bin, { recursive: true });
    mkdirSync(layout.pulumiBackend, { recursive: true });
    mkdirSync(layout.pulumiHome, { recursive: true });
    const links = new Map<string, string>([
        ["node", process.execPath],
        ["kubectl", toolPath("kubectl")],
        ["pulumi", state.pulumi.path],
        ["rollout", join(layout.checkout, "rollout/cli/rollout.cjs")],
        ...ownPlugins(layout, state),
    ]);
    for (const name of readdirSync(layout.bin).filter((old) => !links.has(old))) {
        rmSync(join(layout.bin, name));
    }
    for (const [name, target] of links) {
        link(target, join(layout.bin, name));
    }
    writeSecretFile(layout.envFile, environmentScript(layout, state));
}

/** Points a link at its target. A program that starts at the same moment finds the old link or the new one. */
function link(target: string, path: string): void {
    const draft = `${path}.draft`;
    rmSync(draft, { force: true });
    symlinkSync(target, draft);
    renameSync(draft, path);
}

/** The Kubernetes provider that the lab built, and its stand-ins. With this machine's own Pulumi, the engine downloads the official ones. */
function ownPlugins(layout: LabLayout, state: LabState): readonly (readonly [name: string, path: string])[] {
    if (state.pulumi.kind === "installed") {
        return [];
    }
    const standIns = join(layout.checkout, "lab/plugins/bin");
    const provider = "pulumi-resource-kubernetes";
    return [[provider, toolPath(provider)] as const, ...readdirSync(standIns).map((name) => [name, join(standIns, name)] as const)];
}

/** The text of `.lab/env`, for bash, safe to source twice. */
export function environmentScript(layout: LabLayout, state: LabState): string {
    const variables = Object.entries(labVariables(layout, state)).map(([name, value]) => `export ${name}=${quote(value)}\n`);
    return [
        "# Written by 'make lab-up'. Source it: . .lab/env\n",
        `case ":$PATH:" in *:${quote(layout.bin)}:*) ;; *) export PATH=${quote(layout.bin)}:"$PATH" ;; esac\n`,
        ...variables,
    ].join("");
}

/** One word for the shell, whatever it holds. */
function quote(value: string): string {
    return `'${value.replaceAll("'", `'\\''`)}'`;
}
