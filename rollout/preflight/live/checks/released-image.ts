import { defined } from "../../../defined.ts";
import type { Problem } from "../../preflight.ts";
import { verifyAttestation } from "../../registry/live/attestation.ts";
import { signatureKey } from "../../registry/live/cosign.ts";
import { type ImageReference, imageReference } from "../../registry/live/image.ts";
import { type Registry, registry } from "../../registry/live/registry.ts";
import type { Statement } from "../../registry/statement.ts";
import type { Tools } from "../tools.ts";

/** An image that is named by digest. */
export type PinnedImage = ImageReference & { readonly digest: string };

/** What the configured key signed about the released image; or why nothing can be said of that. */
export type Attested =
    | { readonly kind: "looked"; readonly statements: readonly Statement[] }
    /** No key is configured: whose an attestation is can't be told. */
    | { readonly kind: "no-key" }
    | { readonly kind: "impossible"; readonly problem: Problem };

/** The image that is to be released: the candidate's, or the stable revision's where there is no candidate. */
export function releasedImage({ context: { config } }: Tools): ImageReference {
    return imageReference((config.candidate ?? config.stable).image);
}

/** The released image by its digest, or what is wrong where it has none. */
export function pinnedImage(tools: Tools): PinnedImage | { readonly problem: Problem } {
    const image = releasedImage(tools);
    return image.digest === undefined
        ? {
              problem: {
                  text: `${image.repository} is named by tag only, which any user with push rights can move`,
                  fix: "name the image by digest in the stack config",
              },
          }
        : { ...image, digest: image.digest };
}

/** Asks the registry of an image, and closes the connection. */
export async function atRegistry<Found>(
    { context, preflight, redaction }: Tools,
    image: PinnedImage,
    look: (client: Registry) => Promise<Found>,
): Promise<Found> {
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
        return await look(client);
    } finally {
        await client.close();
    }
}

/** Asks once what is attested of the released image, however many checks want to know. @throws where the registry does not answer. */
export function attestedOnce(tools: Tools): (signal: AbortSignal) => Promise<Attested> {
    let asked: Promise<Attested> | undefined;
    return (signal) => (asked ??= attestedOf(tools, signal));
}

async function attestedOf(tools: Tools, signal: AbortSignal): Promise<Attested> {
    const { signatureKey: pem } = tools.preflight;
    if (pem === undefined) {
        return { kind: "no-key" };
    }
    const key = signatureKey(pem);
    const image = pinnedImage(tools);
    if (key === undefined || "problem" in image) {
        return { kind: "impossible", problem: "problem" in image ? image.problem : badKey };
    }
    const found = await atRegistry(tools, image, (client) => client.attestations(image, signal));
    const verdicts = found.map((content) => verifyAttestation(content, key, image.digest));
    return { kind: "looked", statements: verdicts.flatMap((verdict) => (verdict.kind === "verified" ? [verdict.statement] : [])) };
}

/** What is wrong with `preflight.signatureKey` where it is no key that can be used. */
export const badKey: Problem = { text: "preflight.signatureKey is no public key of the curve P-256", fix: "write the content of cosign.pub" };
