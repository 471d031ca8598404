import { createHash } from "node:crypto";

import { Agent, type Dispatcher } from "undici";
import { z } from "zod";

import type { ImageReference } from "./image.ts";

/** How a registry is reached. */
export interface RegistryArgs {
    /** Base URL, such as `https://registry.example.com`. */
    readonly url: string;
    /** Login. Left out: anonymous. */
    readonly login?: { readonly username: string; readonly password: string };
    /** Called with each token that the registry gives: it must be in no message. */
    readonly onToken?: (token: string) => void;
    /** How long one answer may take, in milliseconds. @default 5000 */
    readonly timeoutMs?: number;
}

/** What is attached to an image, and by which way it was found. */
export interface Attachment {
    readonly kind: "signature" | "attestation" | "bill-of-materials" | "other";
    /** Its media type, or the tag that it was found under. */
    readonly as: string;
}

/** A registry's content, by the OCI distribution API. @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
export interface Registry {
    /** Size in bytes and media type of the image's manifest; undefined where the registry has none by that digest. @throws where the content has another digest. */
    manifest(image: ImageReference, signal?: AbortSignal): Promise<{ readonly mediaType: string; readonly bytes: number } | undefined>;
    /** What is attached to the image: by the referrers API, by its fallback tag, and by cosign's tags. */
    attachments(image: ImageReference, signal?: AbortSignal): Promise<readonly Attachment[]>;
    close(): Promise<void>;
}

/** A client of a registry. Reads only. */
export function registry({ url, login, onToken, timeoutMs = 5_000 }: RegistryArgs): Registry {
    const base = url.replace(/\/+$/, "");
    const agent = new Agent({ maxResponseSize: 4 * 2 ** 20, connect: { timeout: timeoutMs } });
    let authorization: string | undefined;

    const request = async (target: string, headers: Readonly<Record<string, string>>, signal: AbortSignal | undefined): Promise<Answer> => {
        const limit = AbortSignal.timeout(timeoutMs);
        try {
            const {
                statusCode,
                headers: answered,
                body,
            } = await agent.request({
                origin: new URL(target).origin,
                path: `${new URL(target).pathname}${new URL(target).search}`,
                method: "GET",
                headers: { ...headers },
                signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
            });
            return { status: statusCode, headers: answered, body: Buffer.from(await body.arrayBuffer()) };
        } catch (error) {
            throw limit.aborted ? new Error(`the registry took longer than ${String(timeoutMs)} ms`) : error;
        }
    };
    const get = async (path: string, signal?: AbortSignal): Promise<Answer> => {
        const headers = { accept: manifestTypes.join(", ") };
        const first = await request(`${base}${path}`, authorization === undefined ? headers : { ...headers, authorization }, signal);
        if (first.status !== 401) {
            return first;
        }
        authorization = await authorize(first, signal);
        return request(`${base}${path}`, { ...headers, authorization }, signal);
    };
    /** What the registry asks for: basic authentication, or a token from somewhere else. @see https://distribution.github.io/distribution/spec/auth/token/ */
    const authorize = async (refusal: Answer, signal: AbortSignal | undefined): Promise<string> => {
        const challenge = headerOf(refusal, "www-authenticate");
        const basic = login === undefined ? undefined : `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
        if (/^basic\b/i.test(challenge)) {
            if (basic === undefined) {
                throw new Error("the registry answered 401: it asks for a login, and none is known");
            }
            return basic;
        }
        const part = (key: string): string | undefined => new RegExp(`\\b${key}="([^"]*)"`).exec(challenge)?.[1];
        const realm = URL.parse(part("realm") ?? "");
        // A password goes only where it is encrypted, or where the registry itself is not.
        if (!/^bearer\b/i.test(challenge) || realm === null || (realm.protocol !== "https:" && !base.startsWith("http:"))) {
            throw new Error(`the registry answered 401 and asks for something unknown: '${challenge.slice(0, 80)}'`);
        }
        for (const key of ["service", "scope"]) {
            const value = part(key);
            if (value !== undefined) {
                realm.searchParams.set(key, value);
            }
        }
        const answer = await request(realm.href, basic === undefined ? {} : { authorization: basic }, signal);
        if (answer.status !== 200) {
            throw new Error(`the registry's token service answered ${String(answer.status)}: the login is refused, or has no right to the repository`);
        }
        const given = tokenAnswer.parse(jsonOf(answer));
        const token = given.token ?? given.access_token ?? "";
        onToken?.(token);
        return `Bearer ${token}`;
    };
    const manifestAt = async (repository: string, reference: string, signal?: AbortSignal): Promise<Answer | undefined> => {
        const answer = await get(`/v2/${repository}/manifests/${reference}`, signal);
        return foundOf(answer, `manifest ${reference}`);
    };
    return {
        manifest: async ({ repository, digest = "" }, signal) => {
            const answer = await manifestAt(repository, digest, signal);
            if (answer === undefined) {
                return undefined;
            }
            const actual = `sha256:${createHash("sha256").update(answer.body).digest("hex")}`;
            if (actual !== digest) {
                throw new Error(`the registry gave content with another digest: ${actual}; something in between may have changed it`);
            }
            return { mediaType: headerOf(answer, "content-type"), bytes: answer.body.length };
        },
        attachments: async ({ repository, digest = "" }, signal) => {
            const tag = digest.replace(":", "-");
            const listed =
                foundOf(await get(`/v2/${repository}/referrers/${digest}`, signal), "list of referrers") ?? (await manifestAt(repository, tag, signal));
            const byReferrer =
                listed === undefined ? [] : indexAnswer.parse(jsonOf(listed)).manifests.map(({ artifactType, mediaType }) => artifactType ?? mediaType);
            const suffixes = ["sig", "att", "sbom"] as const;
            const byTag = await Promise.all(
                suffixes.map(async (suffix) => ((await manifestAt(repository, `${tag}.${suffix}`, signal)) === undefined ? [] : [suffix])),
            );
            return [
                ...byReferrer.map((type): Attachment => ({ kind: kindOf(type), as: type })),
                ...byTag.flat().map((suffix): Attachment => ({ kind: kindsByTag[suffix], as: `${tag}.${suffix}` })),
            ];
        },
        close: async () => {
            await agent.destroy();
        },
    };
}

interface Answer {
    readonly status: number;
    readonly headers: Dispatcher.ResponseData["headers"];
    readonly body: Buffer;
}

function headerOf({ headers }: Answer, name: string): string {
    const value = headers[name];
    return (Array.isArray(value) ? value[0] : value) ?? "";
}

function foundOf(answer: Answer, what: string): Answer | undefined {
    if (answer.status === 200) {
        return answer;
    }
    if (answer.status === 404) {
        return undefined;
    }
    throw new Error(`the registry answered ${String(answer.status)} when asked for the ${what}`);
}

function jsonOf({ body }: Answer): unknown {
    try {
        return JSON.parse(body.toString("utf8"));
    } catch {
        throw new Error("Invalid response: the registry's answer is no JSON");
    }
}

function kindOf(type: string): Attachment["kind"] {
    return /spdx|cyclonedx|sbom/i.test(type)
        ? "bill-of-materials"
        : /in-toto|attestation|slsa/i.test(type)
          ? "attestation"
          : /cosign|sigstore|notary|signature/i.test(type)
            ? "signature"
            : "other";
}

const kindsByTag = { sig: "signature", att: "attestation", sbom: "bill-of-materials" } as const;

const manifestTypes = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];
const tokenAnswer = z.object({ token: z.string().min(1).optional(), access_token: z.string().min(1).optional() });
const indexAnswer = z.object({ manifests: z.array(z.object({ mediaType: z.string(), artifactType: z.string().optional() })) });
