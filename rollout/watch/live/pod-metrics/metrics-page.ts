import { gunzipSync } from "node:zlib";

import { type Dispatcher, interceptors } from "undici";

import { type ExposedSample, formatOf, readExposition } from "./exposition.ts";

/** Which page is read. */
export interface MetricsPage {
    /** `http://10.0.0.1:9090`. */
    readonly origin: string;
    /** Path with its query. */
    readonly path: string;
    /** How long it may take, in milliseconds. */
    readonly timeoutMs: number;
}

/** Longest page that is read, in bytes, unpacked. */
export const pageBytesAtMost = 8 * 2 ** 20;

/** Sends a request again when the connection that was kept for it turns out to be closed. */
export const retriedOnce = interceptors.retry({ maxRetries: 1, minTimeout: 10, statusCodes: [], errorCodes: ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"] });

/** The text format comes first: it is the cheapest to write and to read. Nothing else is taken, so that a server says when it has neither. */
const accept =
    "text/plain;version=0.0.4;q=1,application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;q=0.4,application/openmetrics-text;q=0.2";

/** Reads a page of metrics in the format that its content type says. @throws when there is none in time, or it can't be read, saying why. */
export async function readMetricsPage(connections: Dispatcher, { origin, path, timeoutMs }: MetricsPage): Promise<readonly ExposedSample[]> {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
        const { statusCode, headers, body } = await connections.request({
            origin,
            path,
            method: "GET",
            headers: { accept, "accept-encoding": "identity, gzip;q=0.5" },
            signal,
        });
        const text = unpacked(Buffer.from(await body.arrayBuffer()), only(headers["content-encoding"]));
        if (statusCode !== 200) {
            throw new Error(`it answered ${String(statusCode)}: ${text.slice(0, 100)}`);
        }
        return readExposition(text, formatOf(only(headers["content-type"])));
    } catch (error) {
        throw signal.aborted ? new Error(`it took longer than ${String(timeoutMs)} ms`) : error;
    }
}

function unpacked(bytes: Buffer, encoding = "identity"): string {
    switch (encoding.toLowerCase()) {
        case "identity":
            return bytes.toString("utf8");
        case "gzip":
            return gunzipSync(bytes, { maxOutputLength: pageBytesAtMost }).toString("utf8");
        default:
            throw new Error(`it is packed with ${encoding}, which was not asked for`);
    }
}

function only(header: string | readonly string[] | undefined): string | undefined {
    return typeof header === "string" ? header : header?.[0];
}
