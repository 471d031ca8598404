import type { KeyObject } from "node:crypto";

import { type PreflightFinding, findingOf, notConfigured } from "../../preflight.ts";
import { type ImageSignature, signatureKey, verifySignature } from "../../registry/live/cosign.ts";
import { signatureType } from "../../registry/statement.ts";
import type { Check } from "../run.ts";
import type { Tools } from "../tools.ts";
import { type Attested, type PinnedImage, atRegistry, badKey, pinnedImage } from "./released-image.ts";

/** The released image, as its registry has it. */
export function imageChecks(
    tools: Tools,
    attested: (signal: AbortSignal) => Promise<Attested>,
): Readonly<Record<"image-in-registry" | "image-attested", Check>> {
    const pinned = (look: (image: PinnedImage, signal: AbortSignal) => Promise<PreflightFinding>): Check => {
        const image = pinnedImage(tools);
        return async (signal) => ("problem" in image ? findingOf([image.problem], "") : look(image, signal));
    };
    return {
        "image-in-registry": pinned((image, signal) => inRegistry(tools, image, signal)),
        "image-attested": pinned((image, signal) => isAttested(tools, image, attested, signal)),
    };
}

async function inRegistry(tools: Tools, image: PinnedImage, signal: AbortSignal): Promise<PreflightFinding> {
    const manifest = await atRegistry(tools, image, (client) => client.manifest(image, signal));
    return findingOf(
        manifest === undefined
            ? [
                  {
                      text: `${image.registry} has no ${image.repository}@${image.digest}`,
                      fix: "push the image, or correct its digest in the stack config",
                  },
              ]
            : [],
        `${image.repository}@${image.digest}, and the content has that digest`,
        { digest: image.digest, ...manifest },
    );
}

async function isAttested(
    tools: Tools,
    image: PinnedImage,
    attested: (signal: AbortSignal) => Promise<Attested>,
    signal: AbortSignal,
): Promise<PreflightFinding> {
    const { signatureKey: pem } = tools.preflight;
    const key = pem === undefined ? undefined : signatureKey(pem);
    if (pem !== undefined && key === undefined) {
        return findingOf([badKey], "");
    }
    const { attachments, signatures } = await atRegistry(tools, image, async (client) => ({
        attachments: await client.attachments(image, signal),
        signatures: key === undefined ? [] : await client.signatures(image, signal),
    }));
    const kinds = [...new Set(attachments.map(({ kind }) => kind))].filter((kind) => kind !== "other");
    if (key !== undefined) {
        const said = await attested(signal);
        const statements = said.kind === "looked" ? said.statements.filter(({ predicateType }) => predicateType === signatureType).length : 0;
        return verifiedFinding({ signatures, statements, key, digest: image.digest, kinds });
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
}

interface FoundSignatures {
    /** As cosign 2 writes them. */
    readonly signatures: readonly ImageSignature[];
    /** How many of those that cosign 3 writes were verified. */
    readonly statements: number;
    readonly key: KeyObject;
    readonly digest: string;
    /** Kinds of all that is attached, to be told. */
    readonly kinds: readonly string[];
}

/** Passes where one signature is of the configured key and about this image. Others beside it do no harm: a second team may have signed too. */
function verifiedFinding({ signatures, statements, key, digest, kinds }: FoundSignatures): PreflightFinding {
    const verdicts = signatures.map((signature) => verifySignature(signature, key, digest));
    const verified = statements + verdicts.filter(({ kind }) => kind === "verified").length;
    const refused = verdicts.flatMap((verdict) => (verdict.kind === "refused" ? [verdict.why] : []));
    const found = signatures.length + statements;
    const fix =
        "sign it in the pipeline with the key whose public half is in preflight.signatureKey: cosign sign --key; deploy no image of which that is not known";
    const problems =
        verified > 0
            ? []
            : found === 0
              ? [{ text: "the image has no signature of cosign's", fix }]
              : refused.map((why) => ({ text: `a signature does not count: ${why}`, fix }));
    return findingOf(problems, `${String(verified)} of ${String(found)} signatures verified with the configured key; attached: ${kinds.join(", ")}`, {
        signatures: found,
        verified: verified > 0,
    });
}
