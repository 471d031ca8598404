import { z } from "zod";

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
    return !success
        ? undefined
        : {
              scanner: "Trivy",
              imageDigests: digestsIn([...(data.Metadata?.RepoDigests ?? []), data.ArtifactName]),
              vulnerabilities: (data.Results ?? []).flatMap(({ Vulnerabilities }) =>
                  (Vulnerabilities ?? []).map(({ VulnerabilityID, PkgName, Severity }) => ({
                      id: VulnerabilityID,
                      package: PkgName,
                      severity: severityOf(Severity),
                  })),
              ),
          };
}

/** @see https://github.com/anchore/grype/tree/main/schema/grype/db-search */
function grype(report: unknown): ScanReading | undefined {
    const { success, data } = grypeSchema.safeParse(report);
    if (!success) {
        return undefined;
    }
    const { target } = data.source;
    return {
        scanner: "Grype",
        imageDigests: digestsIn([...(target.repoDigests ?? []), target.manifestDigest ?? "", target.userInput ?? ""]),
        vulnerabilities: data.matches.map(({ vulnerability, artifact }) => ({
            id: vulnerability.id,
            package: artifact.name,
            severity: severityOf(vulnerability.severity),
        })),
    };
}

/** @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
function sarif(report: unknown): ScanReading | undefined {
    const { success, data } = sarifSchema.safeParse(report);
    if (!success) {
        return undefined;
    }
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
    Metadata: z.object({ RepoDigests: texts }).optional(),
    Results: z
        .array(z.object({ Vulnerabilities: z.array(z.object({ VulnerabilityID: z.string(), PkgName: z.string(), Severity: z.string() })).nullish() }))
        .nullish(),
});

const grypeSchema = z.object({
    matches: z.array(z.object({ vulnerability: z.object({ id: z.string(), severity: z.string() }), artifact: z.object({ name: z.string() }) })),
    source: z.object({ target: z.object({ userInput: z.string().optional(), manifestDigest: z.string().optional(), repoDigests: texts }) }),
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
