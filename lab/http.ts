import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** How to reach an endpoint. */
export interface EndpointOptions {
    /** PEM of the authority that signed the server's certificate; only for https. */
    readonly certificateAuthority?: string;
    readonly bearerToken?: string;
    /** Origin of a forward proxy, such as the lab's NOVA_LAB_POD_PROXY; only for http. */
    readonly proxy?: string;
    /** Limit for the whole exchange, in milliseconds. Default 2000. */
    readonly withinMs?: number;
}

/** What a server answered. */
export interface Answer {
    readonly status: number;
    readonly body: string;
}

/**
 * Fetches a URL and returns its body.
 * @throws Error where the server can't be reached in time or does not answer 200.
 */
export async function getOk(url: string, options: EndpointOptions = {}): Promise<string> {
    const { status, body } = await request("GET", url, options);
    if (status !== 200) {
        throw new Error(`${url} answered ${String(status)}: ${body.slice(0, 200)}`);
    }
    return body;
}

/**
 * Posts JSON, whatever the server answers.
 * @throws Error where the server can't be reached in time.
 */
export function postJson(url: string, json: unknown, options: EndpointOptions = {}): Promise<Answer> {
    return request("POST", url, options, JSON.stringify(json));
}

/**
 * Posts nothing, for endpoints that only need to be called; whatever the server answers.
 * @throws Error where the server can't be reached in time.
 */
export function post(url: string, options: EndpointOptions = {}): Promise<Answer> {
    return request("POST", url, options);
}

/** Node's own fetch takes no certificate authority of ours, so this uses node:https. */
function request(method: string, url: string, options: EndpointOptions, json?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
        const send = url.startsWith("https:") ? httpsRequest : httpRequest;
        const exchange = send(
            options.proxy ?? url,
            {
                method,
                ...(options.proxy === undefined ? {} : { path: url }),
                ca: options.certificateAuthority,
                headers: {
                    ...(options.proxy === undefined ? {} : { host: new URL(url).host }),
                    ...(options.bearerToken === undefined ? {} : { authorization: `Bearer ${options.bearerToken}` }),
                    ...(json === undefined ? {} : { "content-type": "application/json" }),
                },
                agent: false,
                signal: AbortSignal.timeout(options.withinMs ?? 2_000),
            },
            (response) => {
                let body = "";
                response.setEncoding("utf8");
                response.on("data", (part: string) => {
                    body += part;
                });
                response.once("error", reject);
                response.once("end", () => {
                    resolve({ status: response.statusCode ?? 0, body });
                });
            },
        );
        exchange.once("error", (error) => {
            reject(new Error(`${url}: ${error.message}`, { cause: error }));
        });
        exchange.end(json);
    });
}
