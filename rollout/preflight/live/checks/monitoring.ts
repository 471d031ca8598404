import { type LackOfEvidence, judgeForecast } from "../../forecast.ts";
import { type PreflightFinding, findingOf, notConfigured } from "../../preflight.ts";
import type { Observation } from "../../../gate/evidence.ts";
import { judgeAlertRoutes } from "../../alertmanager/judge.ts";
import { clusterState } from "../../../kubernetes/cluster-state.ts";
import { fields } from "../../../route/fields.ts";
import { readAlertmanager } from "../../alertmanager/read.ts";
import { scrapeProblems } from "../../scrapes.ts";
import type { Check } from "../run.ts";
import type { Tools } from "../tools.ts";
import { gatewayView } from "./gateway-view.ts";
import { unanswered } from "../unanswered.ts";
import { podSeriesOf } from "../../../gate/pod-series.ts";
import { labelKeysOf } from "../../../route/label-keys.ts";
import type { RevisionSpec } from "../../../route/revision.ts";

type MonitoringCheck = "scrapes" | "alert-rules" | "alert-routes" | "dashboards" | "forecast";

/** What watches the service. A forecast is of a candidate, and of a gate that is asked. */
export function monitoringChecks(tools: Tools): Readonly<Partial<Record<MonitoringCheck, Check>>> {
    const { candidate, gates } = tools.context.config;
    return {
        scrapes: async () => both(await podScrapes(tools), dueWithCandidate(candidate, await gatewayView(tools.context, tools.prometheus))),
        "alert-rules": () => alertRules(tools),
        "alert-routes": (signal) => alertRoutes(tools, signal),
        dashboards: () => dashboards(tools),
        ...(candidate === undefined || gates.kind === "order-only" ? {} : { forecast: () => forecast(tools, gates.lackOfEvidence ?? "roll-back") }),
    };
}

const noPrometheus = () => notConfigured("the stack names no Prometheus", "set metrics.prometheusUrl");

/** The gateway's view judges a candidate, and a stack that had no users yet has none: it is due once there is a candidate. */
function dueWithCandidate(candidate: RevisionSpec | undefined, finding: PreflightFinding): PreflightFinding {
    return candidate === undefined && finding.state === "failed" ? { ...finding, state: "later" } : finding;
}

/** Both must pass: a gate judges by what the pods say and by what users got. */
function both(pods: PreflightFinding, gateway: PreflightFinding): PreflightFinding {
    const all = [pods, gateway];
    const broken = all.filter(({ state }) => state !== "passed");
    const [first] = broken;
    const evidence = { ...pods.evidence, ...gateway.evidence };
    if (first === undefined) {
        return { state: "passed", text: all.map(({ text }) => text).join("; "), evidence };
    }
    const state = broken.some((finding) => finding.state === "failed") ? "failed" : first.state;
    const fix = [...new Set(broken.flatMap((finding) => finding.fix ?? []))].join("; ");
    return { state, text: broken.map(({ text }) => text).join("; "), fix, evidence };
}

/** Every ready pod of both revisions has a target with the labels of the contract, and its last scrape went well. */
async function podScrapes({ context, api, prometheus: client }: Tools): Promise<PreflightFinding> {
    if (client === undefined) {
        return noPrometheus();
    }
    if (podSeriesOf(context.profile.metrics) === undefined) {
        return findingOf([], "the pods show no metrics, and none are asked for (metrics.kind of the profile is gateway-alone): the gateway's view is checked");
    }
    const { namespace, serviceName: service, stable, candidate } = context.config;
    const state = clusterState({ api, namespace, service, keys: labelKeysOf(context.profile) });
    const targets = valueOf(await client.targets());
    const revisions = [stable.name, ...(candidate === undefined ? [] : [candidate.name])];
    const looked = await Promise.all(
        revisions.map(async (revision) => {
            const pods = (await state.pods(revision)).filter((pod) => pod.ready).map(({ name }) => name);
            return { scraped: pods.length, problems: scrapeProblems(targets, { namespace, service, revision, pods }) };
        }),
    );
    return findingOf(
        looked.flatMap(({ problems }) => problems),
        revisions.map((revision, index) => `${String(looked[index]?.scraped ?? 0)} pods of ${revision}`).join(" and ") + " are scraped",
        { pods: looked.map(({ scraped }) => String(scraped)) },
    );
}

async function forecast({ context, prometheus }: Tools, lackOfEvidence: LackOfEvidence): Promise<PreflightFinding> {
    return prometheus === undefined ? noPrometheus() : judgeForecast(await context.forecast(), context.config.rolloutPercent, lackOfEvidence);
}

async function alertRules({ context, prometheus: client }: Tools): Promise<PreflightFinding> {
    if (client === undefined) {
        return noPrometheus();
    }
    const rules = valueOf(await client.rules()).filter(({ kind }) => kind === "alerting");
    const { alerts, least } = context.declared;
    const leastRules = least?.alertRules ?? 1;
    const missing = alerts.filter((alert) => !rules.some(({ name }) => name === alert));
    const own = rules.filter(({ name }) => alerts.includes(name));
    return findingOf(
        [
            ...(missing.length === 0
                ? []
                : [
                      {
                          text: `${String(missing.length)} of ${String(alerts.length)} declared alerts are not loaded: ${missing.slice(0, 5).join(", ")}${missing.length > 5 ? ", ..." : ""}`,
                          fix: "run 'pulumi up', and see that Prometheus selects the PrometheusRules by their labels",
                      },
                  ]),
            ...(rules.length >= leastRules
                ? []
                : [
                      {
                          text: `${String(rules.length)} alert rules are loaded, fewer than ${String(leastRules)}`,
                          fix: "load the rules that the program declares",
                      },
                  ]),
            // `unknown`: it was loaded a moment ago, and not evaluated yet.
            ...own
                .filter(({ health }) => health !== "ok")
                .map(({ name, health, lastError }) => ({
                    text: `rule ${name} is ${health}${lastError === "" ? "" : `: ${lastError}`}`,
                    fix: "fix its expression; wait a minute where it was only just loaded",
                })),
        ],
        `${String(own.length)} alert rules are loaded and healthy`,
        { loaded: rules.length, declared: alerts.length, firing: own.filter(({ state }) => state === "firing").map(({ name }) => name) },
    );
}

async function alertRoutes({ context, preflight, prometheus: client }: Tools, signal: AbortSignal): Promise<PreflightFinding> {
    const sentTo = client === undefined ? [] : valueOf(await client.alertmanagers()).map((address) => address.replace(/\/api\/v[12]\/alerts$/, ""));
    const url = preflight.alertmanagerUrl ?? sentTo[0];
    if (url === undefined) {
        return client === undefined
            ? notConfigured("neither Prometheus nor Alertmanager is named", "set metrics.prometheusUrl, or preflight.alertmanagerUrl")
            : findingOf([{ text: "Prometheus sends its alerts nowhere", fix: "name an Alertmanager in Prometheus' configuration" }], "");
    }
    try {
        const finding = judgeAlertRoutes(await readAlertmanager({ url }, signal), context.declared.alertLabels);
        return client === undefined || sentTo.length > 0
            ? finding
            : findingOf([{ text: "Prometheus sends its alerts nowhere", fix: "name an Alertmanager in Prometheus' configuration" }], "");
    } catch (error) {
        return findingOf([unanswered(error, `Alertmanager at ${url}`)], "");
    }
}

/** ConfigMaps that Grafana's sidecar loads, each with a dashboard of its own uid. */
async function dashboards({ context, api }: Tools): Promise<PreflightFinding> {
    const { dashboards: declared } = context.declared;
    const { namespace, cluster } = context.config;
    const found = await Promise.all(
        [...new Set([namespace, cluster.monitoringNamespace ?? namespace])].map(async (place) => {
            const { value } = await api.ask(({ core }, options) =>
                core.listNamespacedConfigMap({ namespace: place, labelSelector: "grafana_dashboard=1" }, options),
            );
            return value.items.flatMap(({ metadata, data }) =>
                Object.entries(data ?? {}).map(([file, text]) => ({ place: `${metadata?.name ?? ""}/${file}`, uid: uidIn(text) })),
            );
        }),
    );
    const all = found.flat();
    const uids = all.flatMap(({ uid }) => (uid === undefined ? [] : [uid]));
    const twice = [...new Set(uids.filter((uid, index) => uids.indexOf(uid) !== index))];
    const deploy = "run 'pulumi up': the program declares the dashboards";
    return findingOf(
        [
            ...all.filter(({ uid }) => uid === undefined).map(({ place }) => ({ text: `${place} is no dashboard with a uid`, fix: "fix its JSON" })),
            ...twice.map((uid) => ({ text: `two dashboards have the uid ${uid}`, fix: "remove one: Grafana shows one or the other" })),
            ...declared.filter((uid) => !uids.includes(uid)).map((uid) => ({ text: `there is no dashboard ${uid}`, fix: deploy })),
            ...(all.length > 0 ? [] : [{ text: "there is no dashboard", fix: deploy }]),
        ],
        `${String(uids.length)} dashboards`,
        { dashboards: uids },
    );
}

function uidIn(text: string): string | undefined {
    try {
        const { uid } = fields(JSON.parse(text));
        return typeof uid === "string" && uid !== "" ? uid : undefined;
    } catch {
        return undefined;
    }
}

function valueOf<T>(observation: Observation<T>): T {
    if (observation.kind === "missing") {
        throw new Error(observation.reason);
    }
    return observation.value;
}
