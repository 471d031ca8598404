import { type PreflightCheck, preflightChecks } from "../../checklist/preflight.ts";
import { labelKeysOf } from "../../route/label-keys.ts";
import { decodeRecord } from "../../route/record.ts";
import { referenceTo, revisionObjectName } from "../../route/revision.ts";
import { annotationsOf, routeQuery } from "../../route/route.ts";
import type { PreflightFinding } from "../preflight.ts";
import type { PreflightContext } from "./context.ts";
import type { Check, Checks } from "./run.ts";

/** What of a stack is not deployed yet, as it was seen: nothing of it at all, or the candidate that the config declares. */
export type Missing = "service" | "candidate";

/** What a check looks at that an update makes. The others can be asked at any time. */
const looksAt: ReadonlyMap<PreflightCheck, Missing> = new Map([
    ["postgres", "service"],
    ["backup-age", "service"],
    ["redis", "service"],
    ["clickhouse", "service"],
    ["kafka", "service"],
    ["certificates", "service"],
    ["capacity", "service"],
    ["alert-rules", "service"],
    ["alert-routes", "service"],
    ["dashboards", "service"],
    ["forecast", "service"],
    ["routes", "candidate"],
    ["scrapes", "candidate"],
    ["logs", "candidate"],
    ["rollback-rehearsal", "candidate"],
    ["autoscaling", "candidate"],
]);

/** Checks of what an update deploys: a pipeline asks them after it. */
export const deployedChecks: readonly PreflightCheck[] = [...looksAt.keys()];

/**
 * Checks that wait for what they look at: one whose subject is not deployed yet has the result `later`, and is not run.
 *
 * Only while the config gives the candidate no users: before they get any, everything must be looked at. Where it can't be seen what is deployed, each check runs, and says what it finds.
 */
export function onceDeployed(checks: Checks, context: PreflightContext): Checks {
    const { rolloutPercent, candidate } = context.config;
    let looked: Promise<Missing | undefined> | undefined;
    const missing = (): Promise<Missing | undefined> => (looked ??= missingOf(context).catch(() => undefined));
    const waiting =
        (check: PreflightCheck, run: Check, subject: Missing): Check =>
        async (signal) => {
            const absent = await missing();
            return absent === "service" || (absent === "candidate" && subject === "candidate") ? later(check, absent, candidate?.name) : run(signal);
        };
    return Object.fromEntries(
        preflightChecks.flatMap((check) => {
            const [run, subject] = [checks[check], rolloutPercent === 0 ? looksAt.get(check) : undefined];
            return run === undefined ? [] : [[check, subject === undefined ? run : waiting(check, run, subject)]];
        }),
    );
}

function later(check: PreflightCheck, missing: Missing, candidate = "the candidate"): PreflightFinding {
    const text =
        missing === "candidate"
            ? `${candidate} is not deployed yet, and has no users`
            : check === "backup-age"
              ? "first stack: nothing to back up yet"
              : "first stack: nothing is deployed yet";
    return { state: "later", text, fix: "run 'pulumi up', and ask again with --deployed: it is due before the candidate gets users" };
}

/** @throws where the API server or the engine's state can't be read. */
async function missingOf({ api, config, profile, resources }: PreflightContext): Promise<Missing | undefined> {
    const { namespace, serviceName, stable, candidate } = config;
    const deployment = async (revision: string): Promise<boolean> => {
        const name = revisionObjectName(serviceName, revision);
        return (await api.find(({ apps }, options) => apps.readNamespacedDeployment({ namespace, name }, options))).value !== undefined;
    };
    const { value: route } = await api.find<unknown>(({ custom }, options) => custom.getNamespacedCustomObject(routeQuery(namespace, serviceName), options));
    if (route === undefined) {
        // A cluster that was lost has no route either: what the state knows must be looked at then.
        return (await deployment(stable.name)) || (await resources()) > 0 ? undefined : "service";
    }
    const record = decodeRecord(annotationsOf(route), labelKeysOf(profile));
    if (candidate === undefined || record === undefined || (record.kind === "rolling" && record.candidate.digest === referenceTo(candidate).digest)) {
        return undefined;
    }
    return (await deployment(candidate.name)) ? undefined : "candidate";
}
