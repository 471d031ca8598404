import { Agent, type Dispatcher } from "undici";
import { z } from "zod";
import { defined } from "../../../defined.ts";

/** How a registry is reached. */
export interface RegistryArgs {
    /** Base URL, such as `https://registry.example.com`. */
    readonly url: string;
    /** Login. Defaults to anonymous. */
    readonly login?: { readonly username: string; readonly password: string };
    /** Called with each token that the registry gives: it must be in no message. */
    readonly onToken?: (token: string) => void;
    /** How long one answer may take, in milliseconds. @default 5000 */
    readonly timeoutMs?: number;
}

/** An answer of a registry. */
export interface Answer {
    readonly status: number;
    readonly headers: Dispatcher.ResponseData["headers"];
    readonly body: Buffer;
}

/** Requests to a registry, with the login that it asks for. */
export interface RegistryAccess {
    /** Asks for a path of the registry. */
    readonly get: (path: string, signal?: AbortSignal) => Promise<Answer>;
    /** The content of a layer, which may lie somewhere else: no login goes there. @throws where that is not encrypted, and the registry is. */
    readonly getBlob: (path: string, signal?: AbortSignal) => Promise<Answer>;
    readonly close: () => Promise<void>;
}

/** Reads from a registry, and nothing else. */
export function registryAccess({ url, login, onToken, timeoutMs = 5_000 }: RegistryArgs): RegistryAccess {
    const base = url.replace(/\/+$/, "");
    const agent = new Agent({ maxResponseSize: 16 * 2 ** 20, connect: { timeout: timeoutMs } });
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
        const answer = await request(realm.href, defined({ authorization: basic }), signal);
        if (answer.status !== 200) {
            throw new Error(`the registry's token service answered ${String(answer.status)}: the login is refused, or has no right to the repository`);
        }
        const given = tokenAnswer.parse(jsonOf(answer));
        const token = given.token ?? given.access_token ?? "";
        onToken?.(token);
        return `Bearer ${token}`;
    };
    return {
        get,
        getBlob: async (path, signal) => {
            let answer = await get(path, signal);
            for (let hops = 0; answer.status >= 300 && answer.status < 400 && hops < mostHops; hops += 1) {
                const place = URL.parse(headerOf(answer, "location"), base);
                if (place === null || (place.protocol !== "https:" && !base.startsWith("http:"))) {
                    throw new Error("the registry sends elsewhere for its content, and not to an https address");
                }
                answer = await request(place.href, {}, signal);
            }
            return answer;
        },
        close: async () => {
            await agent.destroy();
        },
    };
}

/** A header of an answer; empty where it has none. */
export function headerOf({ headers }: Answer, name: string): string {
    const value = headers[name];
    return (Array.isArray(value) ? value[0] : value) ?? "";
}

/** The answer where there is something; undefined where there is not. @throws for any other answer. */
export function foundOf(answer: Answer, what: string): Answer | undefined {
    if (answer.status === 200) {
        return answer;
    }
    if (answer.status === 404) {
        return undefined;
    }
    throw new Error(`the registry answered ${String(answer.status)} when asked for the ${what}`);
}

/** The JSON of an answer. @throws where it is not JSON. */
export function jsonOf({ body }: Answer): unknown {
    try {
        return JSON.parse(body.toString("utf8"));
    } catch {
        throw new Error("Invalid response: the registry's answer is no JSON");
    }
}

/** How often content may have moved on. */
const mostHops = 3;
const manifestTypes = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];
const tokenAnswer = z.object({ token: z.string().min(1).optional(), access_token: z.string().min(1).optional() });
