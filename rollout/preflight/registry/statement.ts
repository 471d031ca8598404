import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import { z } from "zod";

import { defined } from "../../defined.ts";
import { fields } from "../../route/fields.ts";
import { newest } from "../reports/made-at.ts";

/** What a pipeline signed about an image: the two parts of an in-toto statement that say something. */
export interface Statement {
    /** What kind of thing it says, as a URI. */
    readonly predicateType: string;
    /** What it says. */
    readonly predicate: unknown;
}

/** A commit that an image was built from. */
export interface Source {
    /** 40 hex digits, or 64. */
    readonly commit: string;
    /** Where the repository is, such as `https://github.com/shop/checkout`. Absent where the provenance does not say it. */
    readonly repository?: string;
}

/** What `cosign sign` of version 3 signs. An attestation of another type is no signature of the image: it says something of it, and not that it may be deployed. */
export const signatureType = "https://sigstore.dev/cosign/sign/v1";

/**
 * Whether a statement vouches for a report: it holds the report itself, or its digest.
 *
 * - `cosign attest --type custom` keeps any text in `Data`; `--type vuln` a scanner's JSON in `scanner.result`; a URI as the type, JSON as the predicate.
 * - Provenance of SLSA 1 names other files that the build left among its byproducts, by digest.
 */
export function vouchesFor({ predicateType, predicate }: Statement, report: Buffer): boolean {
    if (predicateType === slsa1) {
        const { success, data } = byproducts.safeParse(predicate);
        const digest = createHash("sha256").update(report).digest("hex");
        return success && data.runDetails.byproducts.some(({ digest: named }) => named?.sha256 === digest);
    }
    const text = report.toString("utf8");
    if (predicateType === custom) {
        const { success, data } = customPredicate.safeParse(predicate);
        return success && data.Data === text;
    }
    const json = jsonOf(text);
    if (typeof json !== "object" || json === null) {
        return false;
    }
    const { success, data } = scanPredicate.safeParse(predicate);
    return isDeepStrictEqual(json, predicate) || (success && isDeepStrictEqual(json, data.scanner.result));
}

/**
 * When a statement says that its report was made: `cosign attest --type custom` notes the time of signing, a scan when it ended, provenance of SLSA 1 when the
 * build ended. Undefined where it says nothing of it, as JSON under a type of one's own.
 */
export function madeAt({ predicateType, predicate }: Statement): string | undefined {
    const of = fields(predicate);
    const times =
        predicateType === custom
            ? [of.Timestamp]
            : predicateType === slsa1
              ? [fields(fields(of.runDetails).metadata).finishedOn]
              : [fields(of.metadata).scanFinishedOn];
    return newest(times);
}

/** The commits that an image was built from, where the statement is provenance of SLSA 1 or 0.2. Empty where it is not, or says nothing of git. */
export function sourcesOf({ predicateType, predicate }: Statement): readonly Source[] {
    const materials =
        predicateType === slsa1
            ? dependencies.safeParse(predicate).data?.buildDefinition.resolvedDependencies
            : predicateType === slsa02
              ? materialsSchema.safeParse(predicate).data?.materials
              : undefined;
    return (materials ?? []).flatMap(({ uri = "", digest = {} }) => {
        // BuildKit writes the address as it was given to it: without `git+`, and with `.git`.
        const [, marked, repository, suffix] = /^(git\+)?(https:\/\/[^@?#]+?)(\.git)?(?:[@?#].*)?$/.exec(uri) ?? [];
        const commit = digest.gitCommit ?? (marked === undefined && suffix === undefined ? undefined : digest.sha1);
        return commit !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit) ? [{ commit, ...defined({ repository }) }] : [];
    });
}

function jsonOf(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

/** @see https://slsa.dev/spec/v1.1/provenance */
const slsa1 = "https://slsa.dev/provenance/v1";
/** @see https://slsa.dev/spec/v0.2/provenance */
const slsa02 = "https://slsa.dev/provenance/v0.2";
/** @see https://github.com/sigstore/cosign/blob/main/specs/COSIGN_PREDICATE_SPEC.md */
const custom = "https://cosign.sigstore.dev/attestation/v1";

const resource = z.object({ uri: z.string().optional(), digest: z.record(z.string(), z.string()).optional() });
const byproducts = z.object({ runDetails: z.object({ byproducts: z.array(resource) }) });
const dependencies = z.object({ buildDefinition: z.object({ resolvedDependencies: z.array(resource) }) });
const materialsSchema = z.object({ materials: z.array(resource) });
const customPredicate = z.object({ Data: z.string() });
/** @see https://github.com/sigstore/cosign/blob/main/specs/COSIGN_VULN_ATTESTATION_SPEC.md */
const scanPredicate = z.object({ scanner: z.object({ result: z.unknown() }) });
