import { Agent, type Dispatcher } from "undici";

import { defined } from "../../defined.ts";
import { wordsOf } from "../../words.ts";
import type { ProbeResult } from "../evidence.ts";
import type { Probes } from "../probe.ts";
import type { ProbeAnswer, ProbeRequest, ProbedPod } from "./probes/context.ts";
import { runProbe } from "./probes/run.ts";
import type { TesterAccess } from "../../route/live/tester-access.ts";

/** Runs functional probes against one revision. */
export interface ProbeRunner {
    /**
     * Runs `names` against `revision`, whatever the weights say, and gives one result for each. A probe that can't be run has failed. Never throws.
     *
     * They run at the same time. One that waits for something to happen may take up to its time limit.
     */
    run(revision: string, names: readonly string[]): Promise<Readonly<Record<string, ProbeResult>>>;
    /** Closes its connections. */
    close(): Promise<void>;
}

export interface ProbeRunnerArgs {
    /** The probes that there are. */
    readonly probes: Probes;
    /** Where modules of the program are: functions are loaded from there. */
    readonly folder: string;
    /** Where the gateway is reached: `https://10.0.0.7`. */
    readonly gatewayUrl: string;
    /** Host name of the service there: sent as `Host`, and asked for in TLS. */
    readonly hostname: string;
    /** How a request reaches the candidate, whatever the weights say. */
    readonly testers: TesterAccess;
    /** PEM of the authority that signed the host's certificate. @default those of Node */
    readonly certificateAuthority?: string;
    /** Pods of a revision, for probes that look at their metrics. @throws when the API server can't be asked. */
    readonly pods: (revision: string) => Promise<readonly ProbedPod[]>;
    /**
     * How long one probe may take, in milliseconds.
     *
     * @default 10000
     */
    readonly timeoutMs?: number;
}

/** A runner of probes through the gateway. @throws when the gateway's URL is not valid. */
export function probeRunner({ probes, folder, gatewayUrl, hostname, testers, certificateAuthority, pods, timeoutMs = 10_000 }: ProbeRunnerArgs): ProbeRunner {
    const gateway = URL.parse(gatewayUrl);
    if (gateway === null || !["http:", "https:"].includes(gateway.protocol)) {
        throw new Error(`the gateway's URL is '${gatewayUrl}': give one that begins with http:// or https://`);
    }
    const dispatcher = new Agent({
        maxResponseSize: 2 ** 20,
        connect: { servername: hostname, ...defined({ ca: certificateAuthority }) },
    });
    const runOne = async (revision: string, name: string, admit: TesterAccess): Promise<ProbeResult> => {
        const signal = AbortSignal.timeout(timeoutMs);
        try {
            const probe = probes[name];
            if (probe === undefined) {
                throw new Error(`the profile has no probe '${name}'`);
            }
            const ask = async (request: ProbeRequest): Promise<ProbeAnswer> =>
                exchange(dispatcher, gateway, { headers: { ...(await admit()), host: hostname }, signal }, request);
            await untilAborted(signal, runProbe(probe, { revision, ask, pods: () => pods(revision), signal }, folder));
            return { kind: "passed" };
        } catch (error) {
            return { kind: "failed", reason: signal.aborted ? `it took longer than ${String(timeoutMs)} ms` : wordsOf(error) };
        }
    };
    return {
        run: async (revision, names) => {
            // Reads the key once, and only if a probe sends a request.
            let admission: ReturnType<TesterAccess> | undefined;
            const admit: TesterAccess = () => (admission ??= testers());
            return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await runOne(revision, name, admit)] as const)));
        },
        close: () => dispatcher.destroy(),
    };
}

async function exchange(
    dispatcher: Dispatcher,
    gateway: URL,
    { headers: own, signal }: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
    { method = "GET", path, headers: asked, json }: ProbeRequest,
): Promise<ProbeAnswer> {
    const { statusCode, headers, body } = await dispatcher.request({
        origin: gateway.origin,
        path,
        method,
        // What leads to the candidate is not for a probe to change.
        headers: { accept: "application/json", ...(json === undefined ? {} : { "content-type": "application/json" }), ...lowerCased(asked), ...own },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        signal,
    });
    const single = Object.entries(headers).map(([name, value]): [string, string] => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]);
    return { status: statusCode, headers: Object.fromEntries(single), body: await body.text() };
}

function lowerCased(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** What `work` comes to, unless `signal` comes first: not all that a probe waits for can be aborted. */
async function untilAborted(signal: AbortSignal, work: Promise<void>): Promise<void> {
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => {
        aborted.reject(new Error("it took too long"));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
        await Promise.race([work, aborted.promise]);
    } finally {
        signal.removeEventListener("abort", onAbort);
    }
}
