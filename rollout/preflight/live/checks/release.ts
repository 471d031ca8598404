import type { KeyObject } from "node:crypto";
import { access, readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { defined } from "../../../defined.ts";
import { wordsOf } from "../../../words.ts";
import { type PreflightFinding, findingOf, notConfigured } from "../../preflight.ts";
import { judgePerformance } from "../../reports/performance.ts";
import { judgeTests } from "../../reports/test-results.ts";
import { judgeScan } from "../../reports/vulnerabilities.ts";
import { type ImageSignature, signatureKey, verifySignature } from "../../registry/live/cosign.ts";
import { type ImageReference, imageReference } from "../../registry/live/image.ts";
import { registry } from "../../registry/live/registry.ts";
import { performanceReport, reportJson, reportText, testsIn } from "../../reports/read-reports.ts";
import { repository } from "../repository.ts";
import type { Check } from "../run.ts";
import { scanReport } from "../../reports/read-scan-report.ts";
import type { Tools } from "../tools.ts";

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
    return {
        "test-results": () => testResults(tools),
        "merged-change": (signal) => mergedChange(tools, signal),
        "release-tag": (signal) => releaseTag(tools, signal),
        "image-in-registry": (signal) => imageInRegistry(tools, signal),
        "image-attested": (signal) => imageAttested(tools, signal),
        "image-scan": () => imageScan(tools),
        "staging-baseline": () => performance(tools, "baseline"),
        "load-test": () => performance(tools, "load-test"),
        runbooks: () => runbooks(tools),
        notifiers: () => notifiers(tools),
    };
}

async function testResults({ context, preflight }: Tools): Promise<PreflightFinding> {
    const { testResults: paths } = preflight;
    if (paths === undefined) {
        return notConfigured("no report of a test run is named", "set preflight.testResults");
    }
    const readings = await Promise.all(
        paths.map(async (path) => {
            try {
                return testsIn(await reportText(resolve(context.folder, path)));
            } catch (error) {
                throw new Error(`${path}: ${wordsOf(error)}`, { cause: error });
            }
        }),
    );
    const reading = {
        passed: readings.reduce((sum, { passed }) => sum + passed, 0),
        failed: readings.flatMap(({ failed }) => failed),
        skipped: readings.reduce((sum, { skipped }) => sum + skipped, 0),
    };
    return judgeTests(reading, context.declared.least?.passedTests ?? 1);
}

async function mergedChange({ context, preflight }: Tools, signal: AbortSignal): Promise<PreflightFinding> {
    const { commit, merged, review } = await repository(context.folder, signal).commit(context.commit ?? "HEAD", preflight.mainBranch);
    return findingOf(
        [
            ...(merged ? [] : [{ text: `${commit.slice(0, 12)} is not in ${preflight.mainBranch}`, fix: "merge it, fetch, and release what was merged" }]),
            ...(review === undefined
                ? [
                      {
                          text: `nothing says that ${commit.slice(0, 12)} was reviewed`,
                          fix: "merge through an approved pull request, or add a trailer Reviewed-by",
                      },
                  ]
                : []),
        ],
        `${commit.slice(0, 12)} is in ${preflight.mainBranch}: ${review ?? ""}`,
        { commit, branch: preflight.mainBranch, ...defined({ review }) },
    );
}

async function releaseTag(tools: Tools, signal: AbortSignal): Promise<PreflightFinding> {
    const { context, preflight } = tools;
    const { tag } = releasedImage(tools);
    const name = preflight.releaseTag ?? (tag === undefined ? undefined : `v${tag.replace(/^v/, "")}`);
    if (name === undefined) {
        return notConfigured("the image has no tag to tell the release by", "set preflight.releaseTag");
    }
    const git = repository(context.folder, signal);
    const [found, { commit }] = [await git.tag(name), await git.commit(context.commit ?? "HEAD", context.commit ?? "HEAD")];
    if (found === undefined) {
        return findingOf([{ text: `there is no tag ${name}`, fix: `tag the release: git tag -a ${name}, or fetch the tags, or set preflight.releaseTag` }], "");
    }
    return findingOf(
        found.commit === commit
            ? []
            : [
                  {
                      text: `${name} points at ${found.commit.slice(0, 12)}, not at ${commit.slice(0, 12)}`,
                      fix: "release what the tag points at: check it out, or name the release's commit with --commit",
                  },
              ],
        `${name} points at ${commit.slice(0, 12)}${found.annotated ? "" : ", and is a lightweight tag"}`,
        { tag: name, commit: found.commit, annotated: found.annotated },
    );
}

async function imageInRegistry(tools: Tools, signal: AbortSignal): Promise<PreflightFinding> {
    return withRegistry(tools, async (client, image) => {
        const manifest = await client.manifest(image, signal);
        return findingOf(
            manifest === undefined
                ? [
                      {
                          text: `${image.registry} has no ${image.repository}@${image.digest ?? ""}`,
                          fix: "push the image, or correct its digest in the stack config",
                      },
                  ]
                : [],
            `${image.repository}@${image.digest ?? ""}, and the content has that digest`,
            { digest: image.digest ?? "", ...manifest },
        );
    });
}

async function imageAttested(tools: Tools, signal: AbortSignal): Promise<PreflightFinding> {
    const { signatureKey: pem } = tools.preflight;
    const key = pem === undefined ? undefined : signatureKey(pem);
    if (pem !== undefined && key === undefined) {
        return findingOf([{ text: "preflight.signatureKey is no public key of the curve P-256", fix: "write the content of cosign.pub" }], "");
    }
    return withRegistry(tools, async (client, image) => {
        const attachments = (await client.attachments(image, signal)).filter(({ kind }) => kind !== "other");
        const kinds = [...new Set(attachments.map(({ kind }) => kind))];
        if (key !== undefined) {
            return verifiedFinding(await client.signatures(image, signal), key, image.digest ?? "", kinds);
        }
        return kinds.length > 0
            ? notConfigured(`found, not verified: ${kinds.join(", ")}`, "set preflight.signatureKey to the public key that images are signed with")
            : findingOf(
                  [
                      {
                          text: "no signature, attestation or bill of materials is attached to the image",
                          fix: "sign it in the pipeline: cosign sign, or cosign attest with its bill of materials",
                      },
                  ],
                  "",
              );
    });
}

/** Passes where one signature is of the configured key and about this image. Others beside it do no harm: a second team may have signed too. */
function verifiedFinding(signatures: readonly ImageSignature[], key: KeyObject, digest: string, kinds: readonly string[]): PreflightFinding {
    const verdicts = signatures.map((signature) => verifySignature(signature, key, digest));
    const verified = verdicts.filter(({ kind }) => kind === "verified").length;
    const refused = verdicts.flatMap((verdict) => (verdict.kind === "refused" ? [verdict.why] : []));
    const fix =
        "sign it in the pipeline with the key whose public half is in preflight.signatureKey: cosign sign --key; deploy no image of which that is not known";
    const problems =
        verified > 0
            ? []
            : signatures.length === 0
              ? [{ text: "the image has no signature of cosign's", fix }]
              : refused.map((why) => ({ text: `a signature does not count: ${why}`, fix }));
    return findingOf(
        problems,
        `${String(verified)} of ${String(signatures.length)} signatures verified with the configured key; attached: ${kinds.join(", ")}`,
        {
            signatures: signatures.length,
            verified: verified > 0,
        },
    );
}

async function withRegistry(
    tools: Tools,
    look: (client: ReturnType<typeof registry>, image: ImageReference) => Promise<PreflightFinding>,
): Promise<PreflightFinding> {
    const { context, preflight, redaction } = tools;
    const image = releasedImage(tools);
    if (image.digest === undefined) {
        return findingOf(
            [
                {
                    text: `${image.repository} is named by tag only, which any user with push rights can move`,
                    fix: "name the image by digest in the stack config",
                },
            ],
            "",
        );
    }
    const login = await context.secrets.registryLogin(image.registry);
    if (login !== undefined) {
        redaction.noteLogin(login);
    }
    const client = registry({
        url: preflight.reach?.registry ?? `https://${image.registry}`,
        onToken: (token) => {
            redaction.note(token);
        },
        ...defined({ login }),
    });
    try {
        return await look(client, image);
    } finally {
        await client.close();
    }
}

async function imageScan(tools: Tools): Promise<PreflightFinding> {
    const { context, preflight } = tools;
    if (preflight.scanReport === undefined) {
        return notConfigured("no report of a scan is named", "set preflight.scanReport");
    }
    return judgeScan(scanReport(await reportJson(resolve(context.folder, preflight.scanReport))), releasedImage(tools).digest ?? "an image without a digest");
}

async function performance(tools: Tools, kind: "baseline" | "load-test"): Promise<PreflightFinding> {
    const { context, preflight } = tools;
    const [path, key] = kind === "baseline" ? [preflight.stagingBaseline, "stagingBaseline"] : [preflight.loadTest, "loadTest"];
    if (path === undefined) {
        return notConfigured("no report is named", `set preflight.${key}`);
    }
    const report = performanceReport(await reportJson(resolve(context.folder, path)));
    return judgePerformance(report, {
        kind,
        profile: tools.context.profile,
        imageDigest: releasedImage(tools).digest ?? "an image without a digest",
        now: new Date().toISOString(),
    });
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

/** The image that is to be released: the candidate's, or the stable revision's where there is no candidate. */
function releasedImage({ context: { config } }: Tools): ImageReference {
    return imageReference((config.candidate ?? config.stable).image);
}
