import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** How to reach an endpoint. */
export interface EndpointOptions {
    /** PEM of the authority that signed the server's certificate; only for https. */
    readonly certificateAuthority?: string;
    readonly bearerToken?: string;
    /** Limit for the whole exchange, in milliseconds. Default 2000. */
    readonly withinMs?: number;
}

/**
 * Fetches a URL and gives back its body. Node's own fetch takes no certificate authority of ours, so this uses node:https.
 * @throws Error where the server can't be reached in time or does not answer 200.
 */
export function getOk(url: string, options: EndpointOptions = {}): Promise<string> {
    const withinMs = options.withinMs ?? 2_000;
    return new Promise((resolve, reject) => {
        const send = url.startsWith("https:") ? httpsRequest : httpRequest;
        const exchange = send(
            url,
            {
                ca: options.certificateAuthority,
                headers: options.bearerToken === undefined ? {} : { authorization: `Bearer ${options.bearerToken}` },
                agent: false,
                signal: AbortSignal.timeout(withinMs),
            },
            (response) => {
                let body = "";
                response.setEncoding("utf8");
                response.on("data", (part: string) => {
                    body += part;
                });
                response.once("error", reject);
                response.once("end", () => {
                    if (response.statusCode === 200) {
                        resolve(body);
                    } else {
                        reject(new Error(`${url} answered ${String(response.statusCode)}: ${body.slice(0, 200)}`));
                    }
                });
            },
        );
        exchange.once("error", (error) => {
            reject(new Error(`${url}: ${error.message}`, { cause: error }));
        });
        exchange.end();
    });
}
