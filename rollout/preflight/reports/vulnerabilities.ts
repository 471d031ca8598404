import { type PreflightFinding, type Problem, findingOf } from "../preflight.ts";

/** What a scanner found. */
export interface ScanReading {
    /** Name of the report's form: `Trivy`, `Grype`, `SARIF of Trivy`. */
    readonly scanner: string;
    /** Digests of images that the report says it is about: `sha256:<64 hex>`. */
    readonly imageDigests: readonly string[];
    readonly vulnerabilities: readonly Vulnerability[];
    /** Why no finding means nothing: the report does not show that packages were looked at. Absent where it does. */
    readonly saysNothing?: string;
}

/** One finding of a scanner. */
export interface Vulnerability {
    readonly id: string;
    readonly package: string;
    readonly severity: "critical" | "high" | "medium" | "low" | "unknown";
}

/** Checklist, 'Code & Artifacts': no CVEs or high-severity vulnerabilities. A severity that is not known may be high. */
export function judgeScan({ scanner, imageDigests, vulnerabilities, saysNothing }: ScanReading, imageDigest: string): PreflightFinding {
    const count = (severity: Vulnerability["severity"]): number => vulnerabilities.filter((one) => one.severity === severity).length;
    const grave = vulnerabilities.filter(({ severity }) => severity === "critical" || severity === "high" || severity === "unknown");
    const problems: readonly Problem[] = [
        ...(imageDigests.includes(imageDigest)
            ? []
            : [
                  {
                      text: `the report is about ${imageDigests.length === 0 ? "an image that it does not name by digest" : imageDigests.join(", ")}, not ${imageDigest}`,
                      fix: "scan the candidate's image by its digest, and write the report as JSON",
                  },
              ]),
        ...(saysNothing === undefined
            ? []
            : [{ text: `the report says nothing: ${saysNothing}`, fix: "scan the image's packages, and write the report as JSON" }]),
        ...grave.map(({ id, package: name, severity }) => ({
            text: `${id} in ${name} is ${severity === "unknown" ? "of unknown severity" : severity}`,
            fix: "update what has it and build the image anew",
        })),
    ];
    return findingOf(problems, `${scanner}: nothing high or critical, ${String(count("medium"))} medium, ${String(count("low"))} low`, {
        scanner,
        critical: count("critical"),
        high: count("high"),
        medium: count("medium"),
        low: count("low"),
        unknown: count("unknown"),
    });
}
