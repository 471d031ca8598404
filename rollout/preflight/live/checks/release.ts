import { access, readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { type PreflightFinding, findingOf, notConfigured } from "../../preflight.ts";
import { repository } from "../repository.ts";
import type { Check } from "../run.ts";
import type { Tools } from "../tools.ts";
import { imageChecks } from "./image.ts";
import { isAt, mergedChange, sourceOf } from "./merged-change.ts";
import { type Attested, attestedOnce, releasedImage } from "./released-image.ts";
import { reportChecks } from "./reports.ts";

type ReleaseCheck =
    | "test-results"
    | "merged-change"
    | "release-tag"
    | "image-in-registry"
    | "image-attested"
    | "image-scan"
    | "staging-baseline"
    | "load-test"
    | "runbooks"
    | "notifiers";

/** What the pipeline left behind, and what the repository holds. */
export function releaseChecks(tools: Tools): Readonly<Record<ReleaseCheck, Check>> {
    const attested = attestedOnce(tools);
    return {
        ...reportChecks(tools, attested),
        ...imageChecks(tools, attested),
        "merged-change": (signal) => mergedChange(tools, attested, signal),
        "release-tag": (signal) => releaseTag(tools, attested, signal),
        runbooks: () => runbooks(tools),
        notifiers: () => notifiers(tools),
    };
}

async function releaseTag(tools: Tools, attested: (signal: AbortSignal) => Promise<Attested>, signal: AbortSignal): Promise<PreflightFinding> {
    const { context, preflight } = tools;
    const { tag } = releasedImage(tools);
    const name = preflight.releaseTag ?? (tag === undefined ? undefined : `v${tag.replace(/^v/, "")}`);
    if (name === undefined) {
        return notConfigured("the image has no tag to tell the release by", "set preflight.releaseTag");
    }
    const git = repository(context.folder, signal);
    const found = await git.tag(name);
    if (found === undefined) {
        return findingOf([{ text: `there is no tag ${name}`, fix: `tag the release: git tag -a ${name}, or fetch the tags, or set preflight.releaseTag` }], "");
    }
    const source = sourceOf(await attested(signal), context.config.forge?.repository);
    const built = source !== undefined && isAt(source, context.config.forge) ? source.commit : undefined;
    const commit = built ?? (await git.commit(context.commit ?? "HEAD"));
    return findingOf(
        found.commit === commit
            ? []
            : [
                  {
                      text: `${name} points at ${found.commit.slice(0, 12)}, not at ${commit.slice(0, 12)}${built === undefined ? "" : ", from which the image was built"}`,
                      fix: "release what the tag points at: check it out, or name the release's commit with --commit",
                  },
              ],
        `${name} points at ${commit.slice(0, 12)}${found.annotated ? "" : ", and is a lightweight tag"}`,
        { tag: name, commit: found.commit, annotated: found.annotated },
    );
}

async function runbooks({ context }: Tools): Promise<PreflightFinding> {
    const { alerts, runbookFolder } = context.declared;
    await access(runbookFolder);
    const pages = new Set(await readdir(runbookFolder));
    const empty = await Promise.all(
        alerts
            .filter((alert) => pages.has(`${alert}.md`))
            .map(async (alert) => ((await readFile(resolve(runbookFolder, `${alert}.md`), "utf8")).trim() === "" ? [alert] : [])),
    );
    return findingOf(
        [
            ...(alerts.length > 0 ? [] : [{ text: "no alert is declared", fix: "declare alerts in observability/" }]),
            ...[...alerts.filter((alert) => !pages.has(`${alert}.md`)), ...empty.flat()].map((alert) => ({
                text: `${alert} has no runbook`,
                fix: `write ${alert}.md in the folder of runbooks`,
            })),
        ],
        `each of ${String(alerts.length)} alerts has a runbook`,
        { alerts: alerts.length },
    );
}

async function notifiers({ context }: Tools): Promise<PreflightFinding> {
    const tests = (await context.notifiers?.()) ?? [];
    return tests.length === 0
        ? notConfigured("no messages about the rollout: no notifier is configured", "configure where messages of the rollout go")
        : findingOf(
              tests.flatMap(({ name, problem }) =>
                  problem === undefined ? [] : [{ text: `${name}: ${problem}`, fix: `correct where ${name} sends to, and its secret` }],
              ),
              `a test message was taken by ${tests.map(({ name }) => name).join(", ")}`,
              { notifiers: tests.map(({ name }) => name) },
          );
}
