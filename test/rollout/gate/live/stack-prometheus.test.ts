import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { generate } from "selfsigned";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { closed, listening } from "../../../helpers/listening.ts";
import { type PrometheusLocation, stackPrometheus } from "../../../../rollout/gate/live/stack-prometheus.ts";
import { reasonOf } from "./evidence/setup.ts";

let server: Server;
let location: PrometheusLocation;
let folder: string;
const tokens: (string | undefined)[] = [];

beforeAll(async () => {
    const { cert, private: key } = await generate([{ name: "commonName", value: "127.0.0.1" }], {
        extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
    });
    folder = mkdtempSync(join(tmpdir(), "stack-prometheus-"));
    server = createServer({ cert, key }, (request, response) => {
        tokens.push(request.headers.authorization);
        response.writeHead(200, { connection: "close" }).end(JSON.stringify({ status: "success", data: { resultType: "scalar", result: [1, "1"] } }));
    });
    location = { prometheusUrl: `https://127.0.0.1:${String(await listening(server))}`, prometheusCertificateAuthority: cert };
});
afterAll(async () => {
    await closed(server);
    rmSync(folder, { recursive: true });
});
beforeEach(() => {
    tokens.length = 0;
});

describe("the Prometheus of a stack", () => {
    it("is asked with no token where the config names none", async () => {
        expect(await stackPrometheus(location, {}).now()).toEqual({ kind: "observed", value: 1 });
        expect(tokens).toEqual([undefined]);
    });

    it("is asked with the token of the variable that the config names", async () => {
        await stackPrometheus({ ...location, prometheusTokenVariable: "A_TOKEN" }, { A_TOKEN: "word" }).now();
        expect(tokens).toEqual(["Bearer word"]);
    });

    it("is asked with what the token's file holds at the time, so that a renewed token counts", async () => {
        const file = join(folder, "token");
        const client = stackPrometheus({ ...location, prometheusTokenFile: file }, {});
        for (const token of ["first", "second"]) {
            writeFileSync(file, `${token}\n`);
            await client.now();
        }
        expect(tokens).toEqual(["Bearer first", "Bearer second"]);
    });

    it.each([
        { what: "the variable is not set", source: { prometheusTokenVariable: "A_TOKEN" }, says: "the environment variable A_TOKEN is not set" },
        { what: "the file is not there", source: { prometheusTokenFile: "/nowhere/token" }, says: "the file /nowhere/token can't be read: ENOENT" },
    ])("is not asked at all where $what", async ({ source, says }) => {
        expect(reasonOf(await stackPrometheus({ ...location, ...source }, {}).now())).toContain(says);
        expect(tokens).toEqual([]);
    });

    it("is not trusted when its certificate is of another authority", async () => {
        const { prometheusUrl } = location;
        expect(await stackPrometheus({ prometheusUrl, prometheusTokenVariable: "A_TOKEN" }, { A_TOKEN: "word" }).now()).toMatchObject({ kind: "missing" });
        expect(tokens).toEqual([]);
    });
});
