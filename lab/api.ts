import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { furnishCluster, removeVolumeFolders, volumeFolders, waitForNodes } from "./cluster.ts";
import { writeCredentials } from "./credentials.ts";
import { linkPlugin, linkStandIns } from "./plugins/stand-ins.ts";
import { writeEnvironment } from "./environment.ts";
import type { LabLayout } from "./layout.ts";
import { labLayout } from "./layout.ts";
import { withLock } from "./lock.ts";
import { ensureNetwork, removeNetwork } from "./network.ts";
import { choosePorts, isFree } from "./ports.ts";
import { isRunning } from "./process.ts";
import { chooseNodes, refuseOtherNodes } from "./nodes/choice.ts";
import { prepareImages } from "./nodes/images.ts";
import { ensureNodeCommands } from "./nodes/commands.ts";
import { nodeServices } from "./nodes/plan.ts";
import { services, servicesOf, servicesOnDemand } from "./services/index.ts";
import type { Lab } from "./services/service.ts";
import { ensureStack } from "./stack.ts";
import type { LabState, NodeChoice, NodeKind, PortName, ServiceName } from "./state.ts";
import { newLabState, portNames, readLabProcesses, readLabState, serviceNames, writeLabState } from "./state.ts";
import type { Step } from "./steps.ts";
import { begin, SkippedError } from "./steps.ts";
import { labTools } from "./tools.ts";
import { type EnsureOptions, ensureTools } from "./toolchain/ensure.ts";
import { toolPath } from "./toolchain/paths.ts";
import { choosePulumi } from "./toolchain/pulumi.ts";
import type { Health } from "./supervisor.ts";
import { ensureRunning, healthOf, stopAll, stopService } from "./supervisor.ts";

export { labEnvironment, labVariables } from "./environment.ts";
export { labLayout } from "./layout.ts";
export type { LabLayout } from "./layout.ts";
export { gatewayUrlInside, insideNetwork, secondGatewayInside } from "./network.ts";
export { prometheusFiles, reloadPrometheus } from "./prometheus.ts";
export { kubeContext, readLabState, serviceNames } from "./state.ts";
export type { LabState, ServiceName } from "./state.ts";
export { servicesOf } from "./services/index.ts";
export { logFile } from "./supervisor.ts";
export type { Health } from "./supervisor.ts";

/** Some steps of a start failed; what came up is left running, and another start goes on from there. */
export class StartError extends Error {
    readonly failures: ReadonlyMap<string, Error>;

    constructor(failures: ReadonlyMap<string, Error>) {
        super([...failures].map(([step, error]) => `${step}: ${error.message}`).join("\n"));
        this.failures = failures;
    }
}

/** Shown while a start runs: the steps by name, in order, each with a promise of what it did. */
export type Progress = (steps: ReadonlyMap<string, Promise<string>>) => Promise<void>;

/**
 * Starts the lab of a checkout (default: this one), or repairs it, or does nothing where all runs. Tools that it needs and that are not in the cache are made.
 *
 * @param options nodes: what a new lab's nodes are. Default: real ones where this machine can run them. enforcesPolicies: whether network policies hold, which needs real nodes; default: no.
 *   toolProgress: how the making of tools is shown; default: lines on standard error.
 * @throws StartError naming each failed step with the end of its log; Error where another command is at work.
 */
export async function startLab(
    options: {
        readonly layout?: LabLayout;
        readonly progress?: Progress;
        readonly toolProgress?: EnsureOptions["progress"];
        readonly nodes?: NodeKind;
        readonly enforcesPolicies?: boolean;
    } = {},
): Promise<LabState> {
    const layout = options.layout ?? labLayout();
    return withLock(layout, async () => {
        const state = await currentOrNewState(layout, options);
        const lab: Lab = { layout, state };
        await ensureTools(labTools(state, state.pulumi.kind), { progress: options.toolProgress ?? "stderr" });
        if (state.nodes === "real") {
            await ensureNodeCommands(state.enforcesPolicies);
            await prepareImages(layout);
        }
        await mkdir(layout.data, { recursive: true });
        await writeCredentials(layout, state);
        writeLabState(layout, state);
        writeEnvironment(layout, state);
        if (state.pulumi.kind === "built") {
            await linkStandIns(layout.pulumiHome);
            const provider = { kind: "resource", name: "kubernetes", sdk: "@pulumi/kubernetes" } as const;
            await linkPlugin(layout.pulumiHome, provider, toolPath("pulumi-resource-kubernetes"));
        }
        const outcomes = begin(startSteps(lab));
        await options.progress?.(outcomes);
        await failOnFailures(outcomes);
        return state;
    });
}

/** What a start does, each step after those it needs. */
function startSteps(lab: Lab): readonly Step[] {
    const isLate = (name: ServiceName): boolean => services[name].after?.includes("cluster objects") ?? false;
    const start = (name: ServiceName): Step => ({
        name,
        needs: [...services[name].needs, ...(services[name].after ?? [])],
        run: () => ensureRunning(lab, name),
    });
    const names = servicesOf(lab.state.nodes);
    return [
        { name: "network", needs: [], run: () => prepareNetwork(lab) },
        ...names.filter((name) => !isLate(name)).map(start),
        { name: "cluster objects", needs: ["kube-apiserver"], run: () => furnishCluster(lab) },
        ...names.filter(isLate).map(start),
        {
            name: "nodes",
            needs: ["cluster objects", "kube-controller-manager", ...(lab.state.nodes === "real" ? nodeServices : ["kwok"])],
            run: () => waitForNodes(lab),
        },
        { name: "pulumi stack", needs: [], run: () => ensureStack(lab) },
    ];
}

/** Makes the network. Processes that are left in an earlier one are stopped, so that their steps start them in this one. */
async function prepareNetwork(lab: Lab): Promise<string> {
    if (!(await ensureNetwork(lab.layout, lab.state.nodes))) {
        return "already there";
    }
    for (const name of serviceNames.filter((service) => services[service].after?.includes("network"))) {
        await stopService(lab, name);
    }
    return lab.layout.network;
}

async function failOnFailures(outcomes: ReadonlyMap<string, Promise<string>>): Promise<void> {
    const failures = new Map<string, Error>();
    for (const [name, outcome] of outcomes) {
        try {
            await outcome;
        } catch (error) {
            // A skipped step only follows from another's failure, which is reported.
            if (!(error instanceof SkippedError)) {
                failures.set(name, error instanceof Error ? error : new Error(String(error)));
            }
        }
    }
    if (failures.size > 0) {
        throw new StartError(failures);
    }
}

/** The state to start from. Without a state file, whatever data lies there belongs to no known lab and goes. */
async function currentOrNewState(layout: LabLayout, asked: Partial<NodeChoice>): Promise<LabState> {
    const known = readLabState(layout);
    if (known === undefined) {
        await removeNetwork(layout);
        await removeData(layout);
        return newLabState(await choosePorts(layout.root), await choosePulumi(), await chooseNodes(asked));
    }
    refuseOtherNodes(known, asked);
    const busy = await takenByOthers(known);
    if (busy.length === 0) {
        return known;
    }
    if (serviceNames.some((name) => runs(known, name))) {
        const list = busy.map((name) => `${name} ${String(known.ports[name])}`).join(", ");
        throw new Error(`another program listens on ports of this lab (${list}): stop it, or run 'make lab-down lab-up' for a new lab on other ports`);
    }
    // Nothing runs, so nothing depends on the old numbers.
    const kept: Partial<LabState["ports"]> = { ...known.ports };
    for (const name of busy) {
        Reflect.deleteProperty(kept, name);
    }
    return { ...known, ports: await choosePorts(layout.root, kept) };
}

const portOwners: Readonly<Record<PortName, ServiceName>> = {
    etcd: "etcd",
    etcdPeer: "etcd",
    kubeApiserver: "kube-apiserver",
    kubeControllerManager: "kube-controller-manager",
    kubeScheduler: "kube-scheduler",
    kwok: "kwok",
    postgres: "postgres",
    kafka: "kafka",
    kafkaController: "kafka",
    contourXds: "contour",
    contourHealth: "contour",
    contourDebug: "contour",
    certManager: "cert-manager",
    alertmanager: "alertmanager",
    kafkaPods: "kafka",
    volumes: "volumes",
    // These are within the lab's network; on the machine, the crossing listens in their place.
    prometheus: "crossing",
    gateway: "crossing",
    secondGateway: "crossing",
    podProxy: "crossing",
    // With real nodes, it is in the lab's network too.
    resourceMetrics: "resource-metrics",
};

/** Ports of services that do not run, on which something listens all the same. */
async function takenByOthers(state: LabState): Promise<readonly PortName[]> {
    const checked = await Promise.all(portNames.map(async (name) => ({ name, taken: !runs(state, portOwners[name]) && !(await isFree(state.ports[name])) })));
    return checked.filter(({ taken }) => taken).map(({ name }) => name);
}

function runs(state: LabState, name: ServiceName): boolean {
    const identity = state.processes[name];
    return identity !== undefined && isRunning(identity);
}

/**
 * Stops exactly the processes that startLab started and those in the lab's network, and removes the lab's data with the Pulumi state that describes it: half a lab would confuse. Logs stay.
 * @param options purge: removes the logs too, and `.lab/` with them.
 * @returns the services that ran.
 */
export async function stopLab(options: { readonly layout?: LabLayout; readonly purge?: boolean } = {}): Promise<readonly ServiceName[]> {
    const layout = options.layout ?? labLayout();
    return withLock(layout, async () => {
        const processes = readLabProcesses(layout);
        let stopped: readonly ServiceName[] = [];
        if (processes !== undefined) {
            const folders = await volumeFolders(layout);
            stopped = await stopAll(processes);
            await removeVolumeFolders(folders);
        }
        await removeNetwork(layout);
        await removeData(layout);
        if (options.purge === true) {
            await rm(layout.root, { recursive: true, force: true });
        }
        return stopped;
    });
}

/** Removes all but the lock and what is read afterwards: logs, the reports of tests and the result of the demo. */
async function removeData(layout: LabLayout): Promise<void> {
    const kept = new Set([layout.logs, layout.lockFile, ...["reports", "demo.json"].map((name) => join(layout.root, name))]);
    const all = (await readdir(layout.root)).map((name) => join(layout.root, name)).filter((path) => !kept.has(path));
    await Promise.all([...all, layout.temporary].map((path) => rm(path, { recursive: true, force: true })));
}

/**
 * Starts one process of a lab again, on the port it had; for tests that stop one. With the API server, the controllers begin anew. One that only runs on demand is started with those on
 * demand that it needs, and its tools are made where they are not in the cache.
 * @throws Error where no lab was started, the lab has other nodes than the process needs, or the process does not become ready.
 */
export async function startLabService(name: ServiceName, layout: LabLayout = labLayout()): Promise<void> {
    await withLock(layout, async () => {
        const lab = knownLab(layout);
        await startOnDemand(lab, name);
        const wasAway = (await healthOf(lab, name)).kind !== "healthy";
        await ensureRunning(lab, name);
        if (name === "kube-apiserver" && wasAway) {
            // What they could not do meanwhile they try again after ever longer pauses, of minutes at the end: endpoints, most of all. A new one begins at once.
            for (const controllers of ["kube-controller-manager", "cert-manager"] as const) {
                await stopService(lab, controllers);
                await ensureRunning(lab, controllers);
            }
        }
    });
}

/** What a service on demand needs before it is started. */
async function startOnDemand(lab: Lab, name: ServiceName): Promise<void> {
    const { onDemand, needs, nodes } = services[name];
    if (onDemand === undefined) {
        return;
    }
    if (nodes !== undefined && nodes !== lab.state.nodes) {
        throw new Error(`${name} runs in a lab with ${nodes} nodes, and this one's are ${lab.state.nodes}: node lab/index.ts up --nodes ${nodes}`);
    }
    await ensureTools(onDemand, { progress: "stderr" });
    for (const needed of needs.filter((other) => services[other].onDemand !== undefined)) {
        await startOnDemand(lab, needed);
        await ensureRunning(lab, needed);
    }
}

/** Stops one process of a lab; its data stays. Returns whether it ran. */
export async function stopLabService(name: ServiceName, layout: LabLayout = labLayout()): Promise<boolean> {
    return withLock(layout, async () => stopService(knownLab(layout), name));
}

/** How each process of a lab does; undefined where no lab was started. */
export async function labHealth(layout: LabLayout = labLayout()): Promise<ReadonlyMap<ServiceName, Health> | undefined> {
    const state = readLabState(layout);
    return state === undefined
        ? undefined
        : new Map(await Promise.all(shownServices(state).map(async (name): Promise<[ServiceName, Health]> => [name, await healthOf({ layout, state }, name)])));
}

/** Those of each lab of its kind, and those on demand that were started and not stopped. */
function shownServices({ nodes, processes }: LabState): readonly ServiceName[] {
    return [...servicesOf(nodes), ...servicesOnDemand(nodes).filter((name) => processes[name] !== undefined)];
}

function knownLab(layout: LabLayout): Lab {
    const state = readLabState(layout);
    if (state === undefined) {
        throw new Error(`no lab runs in ${layout.checkout}: start it with 'make lab-up'`);
    }
    return { layout, state };
}
