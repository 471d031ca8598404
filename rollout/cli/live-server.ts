import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { NONCE, type SecureHeadersVariables, secureHeaders } from "hono/secure-headers";

import type { LiveView } from "../report/live-view.ts";
import { type LiveDetails, liveMain, livePage } from "../report/live-page.ts";
import { styleSource } from "../report/style.ts";

/** What the live page is made of. Neither function throws. */
export interface LiveSource {
    readonly view: () => Promise<LiveView>;
    readonly details: () => Promise<LiveDetails>;
}

/** The only address that the server listens on: this machine alone reaches it. */
export const loopback = "127.0.0.1";

/**
 * The live page as a web application: `/` is the page, `/view` the part of it that changes, `/view.json` the same for programs.
 *
 * It only reads: every method but GET is refused. A page of another site can't read it: there is no CORS, and a request under any other name than this
 * machine's own is refused, so that a name which a foreign server lets point here (DNS rebinding) gets nothing.
 *
 * @param port that the server listens on: part of the Host header that is let in.
 */
export function liveApp(source: LiveSource, port: number) {
    const hosts: ReadonlySet<string | undefined> = new Set([loopback, "localhost", "[::1]"].map((host) => `${host}:${String(port)}`));
    const app = new Hono<{ Variables: SecureHeadersVariables }>();
    app.use(
        secureHeaders({
            contentSecurityPolicy: {
                defaultSrc: ["'none'"],
                scriptSrc: [NONCE],
                styleSrc: [styleSource],
                connectSrc: ["'self'"],
                // An empty icon: without one, a browser asks for /favicon.ico.
                imgSrc: ["data:"],
                baseUri: ["'none'"],
                formAction: ["'none'"],
                frameAncestors: ["'none'"],
            },
            xFrameOptions: "DENY",
            referrerPolicy: "no-referrer",
            // There is no TLS on loopback.
            strictTransportSecurity: false,
        }),
    );
    app.use(async (context, next) => {
        context.header("cache-control", "no-store");
        if (!hosts.has(context.req.header("host")?.toLowerCase())) {
            return context.text(`this page is served as localhost:${String(port)} only\n`, 421);
        }
        if (context.req.method !== "GET") {
            return context.text("this page only reads: use GET\n", 405, { allow: "GET" });
        }
        await next();
        return undefined;
    });
    app.get("/", async (context) => context.html(await livePage(await source.view(), await source.details(), context.get("secureHeadersNonce") ?? "")));
    app.get("/view", async (context) => {
        const view = await source.view();
        const main = await liveMain(view, await source.details());
        // The page tells from it how old what it shows is: by this machine's clock alone.
        context.header("age", String(Math.max(0, Math.round((Date.now() - Date.parse(view.at)) / 1_000))));
        return context.html(main);
    });
    app.get("/view.json", async (context) => context.json(await source.view()));
    app.notFound((context) => context.text("nothing here: the page is at /\n", 404));
    app.onError((error, context) => context.text(`${error.message}\n`, 500));
    return app;
}

/** A server that listens. */
export interface LiveServer {
    readonly url: string;
    readonly close: () => Promise<void>;
}

/** Listens on loopback. @throws when the port is taken. */
export async function startLiveServer(source: LiveSource, port: number): Promise<LiveServer> {
    const server = serve({ fetch: liveApp(source, port).fetch, hostname: loopback, port });
    await new Promise<void>((resolve, reject) => {
        server.once("listening", resolve);
        server.once("error", reject);
    });
    return {
        url: `http://localhost:${String(port)}/`,
        close: () =>
            new Promise((resolve) => {
                server.close(() => {
                    resolve();
                });
                if ("closeAllConnections" in server) {
                    server.closeAllConnections();
                }
            }),
    };
}
