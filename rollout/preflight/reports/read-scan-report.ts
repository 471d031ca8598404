import { z } from "zod";

import { defined } from "../../defined.ts";
import type { ScanReading, Vulnerability } from "./vulnerabilities.ts";

/**
 * Reads a scanner's report: Trivy's or Grype's JSON, or SARIF of either.
 *
 * @throws where it is none of them: an unknown report that is read as an empty one would pass.
 */
export function scanReport(report: unknown): ScanReading {
    for (const read of [trivy, grype, sarif]) {
        const reading = read(report);
        if (reading !== undefined) {
            return reading;
        }
    }
    throw new Error("no report of Trivy or Grype, and no SARIF: write one with 'trivy image --format json', 'grype -o json' or '-o sarif'");
}

/** @see https://trivy.dev/docs/latest/configuration/reporting/#json */
function trivy(report: unknown): ScanReading | undefined {
    const { success, data } = trivySchema.safeParse(report);
    if (!success) {
        return undefined;
    }
    const results = data.Results ?? [];
    return {
        scanner: "Trivy",
        imageDigests: digestsIn([...(data.Metadata?.RepoDigests ?? []), data.ArtifactName]),
        vulnerabilities: results.flatMap(({ Vulnerabilities }) =>
            (Vulnerabilities ?? []).map(({ VulnerabilityID, PkgName, Severity }) => ({
                id: VulnerabilityID,
                package: PkgName,
                severity: severityOf(Severity),
            })),
        ),
        // Secrets, licences and misconfigurations have results too.
        ...defined({
            saysNothing:
                data.ArtifactType !== "container_image"
                    ? `it is about ${data.ArtifactType ?? "something"}, and not about a container image`
                    : results.some(({ Class }) => Class === "os-pkgs" || Class === "lang-pkgs")
                      ? undefined
                      : "it has no result for the packages of a system or a language",
        }),
    };
}

/** @see https://github.com/anchore/grype/tree/main/schema/grype/db-search */
function grype(report: unknown): ScanReading | undefined {
    const { success, data } = grypeSchema.safeParse(report);
    if (!success) {
        return undefined;
    }
    const { target, type } = data.source;
    return {
        scanner: "Grype",
        imageDigests: digestsIn([...(target.repoDigests ?? []), target.manifestDigest ?? "", target.userInput ?? ""]),
        vulnerabilities: data.matches.map(({ vulnerability, artifact }) => ({
            id: vulnerability.id,
            package: artifact.name,
            severity: severityOf(vulnerability.severity),
        })),
        // It lists no packages, so what can be known of a report without a match is that layers were read, and compared with a database.
        ...defined({
            saysNothing:
                type !== "image"
                    ? `it is about a ${type}, and not about an image`
                    : (target.layers ?? []).length === 0
                      ? "it names no layer that was read"
                      : data.descriptor?.db === undefined || data.descriptor.db === null
                        ? "it names no database of vulnerabilities"
                        : undefined,
        }),
    };
}

/** @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
function sarif(report: unknown): ScanReading | undefined {
    const { success, data } = sarifSchema.safeParse(report);
    if (!success) {
        return undefined;
    }
    const silent = data.runs.filter(({ results }) => results.length === 0).map(({ tool }) => tool.driver.name);
    return {
        scanner: `SARIF of ${data.runs.map(({ tool }) => tool.driver.name).join(" and ")}`,
        imageDigests: digestsIn(data.runs.flatMap(({ properties }) => [...(properties?.repoDigests ?? []), properties?.imageName ?? ""])),
        vulnerabilities: data.runs.flatMap(({ tool, results }) =>
            results.map(({ ruleId, level, locations }): Vulnerability => {
                const score = tool.driver.rules?.find(({ id }) => id === ruleId)?.properties?.["security-severity"];
                const place = locations?.[0]?.physicalLocation?.artifactLocation?.uri ?? "the image";
                return { id: ruleId, package: place, severity: score === undefined ? severityOfLevel(level) : severityOfScore(Number(score)) };
            }),
        ),
        // The format has no place for packages without a finding: a scan of nothing looks the same.
        ...defined({
            saysNothing: silent.length === 0 ? undefined : `SARIF without a result, as ${silent.join(" and ")} wrote it, does not show what was looked at`,
        }),
    };
}

function severityOf(text: string): Vulnerability["severity"] {
    const lower = text.toLowerCase();
    return lower === "critical" || lower === "high" || lower === "medium" || lower === "low" ? lower : lower === "negligible" ? "low" : "unknown";
}

/** SARIF's own levels say less: `error` stands for high and critical. */
function severityOfLevel(level: string | undefined): Vulnerability["severity"] {
    return level === "error" ? "high" : level === "warning" ? "medium" : level === "note" ? "low" : "unknown";
}

/** Bands of CVSS 3. https://nvd.nist.gov/vuln-metrics/cvss */
function severityOfScore(score: number): Vulnerability["severity"] {
    return score >= 9 ? "critical" : score >= 7 ? "high" : score >= 4 ? "medium" : score >= 0 ? "low" : "unknown";
}

function digestsIn(texts: readonly string[]): readonly string[] {
    return [...new Set(texts.flatMap((text) => /sha256:[0-9a-f]{64}/.exec(text) ?? []))];
}

const texts = z
    .array(z.string())
    .nullish()
    .transform((value) => value ?? undefined);

const trivySchema = z.object({
    SchemaVersion: z.number(),
    ArtifactName: z.string(),
    ArtifactType: z.string().optional(),
    Metadata: z.object({ RepoDigests: texts }).optional(),
    Results: z
        .array(
            z.object({
                Class: z.string().optional(),
                Vulnerabilities: z.array(z.object({ VulnerabilityID: z.string(), PkgName: z.string(), Severity: z.string() })).nullish(),
            }),
        )
        .nullish(),
});

const grypeSchema = z.object({
    matches: z.array(z.object({ vulnerability: z.object({ id: z.string(), severity: z.string() }), artifact: z.object({ name: z.string() }) })),
    source: z.object({
        type: z.string(),
        target: z.object({
            userInput: z.string().optional(),
            manifestDigest: z.string().optional(),
            repoDigests: texts,
            layers: z.array(z.unknown()).optional(),
        }),
    }),
    descriptor: z.object({ db: z.unknown() }).optional(),
});

const sarifSchema = z.object({
    version: z.literal("2.1.0"),
    runs: z
        .array(
            z.object({
                tool: z.object({
                    driver: z.object({
                        name: z.string(),
                        rules: z
                            .array(z.object({ id: z.string(), properties: z.object({ "security-severity": z.string().optional() }).optional() }))
                            .optional(),
                    }),
                }),
                results: z.array(
                    z.object({
                        ruleId: z.string(),
                        level: z.string().optional(),
                        locations: z
                            .array(
                                z.object({ physicalLocation: z.object({ artifactLocation: z.object({ uri: z.string().optional() }).optional() }).optional() }),
                            )
                            .optional(),
                    }),
                ),
                properties: z.object({ repoDigests: texts, imageName: z.string().optional() }).optional(),
            }),
        )
        .min(1),
});
