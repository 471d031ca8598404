import { type RequestListener, type Server, createServer as createPlainServer } from "node:http";
import { type Server as TlsServer, createServer as createTlsServer } from "node:https";
import { text } from "node:stream/consumers";

import { generate } from "selfsigned";
import { afterEach, describe, expect, it } from "vitest";

import { closed, listening } from "../../../helpers/listening.ts";
import { type PrometheusArgs, type PrometheusClient, prometheusClient } from "../../../../rollout/gate/live/prometheus.ts";
import { reasonOf } from "./evidence/setup.ts";

interface Asked {
    readonly method: string;
    readonly path: string;
    readonly form: URLSearchParams;
    readonly authorization: string | undefined;
}

const servers: (Server | TlsServer)[] = [];
const asked: Asked[] = [];

afterEach(async () => {
    asked.length = 0;
    await Promise.all(servers.splice(0).map(closed));
});

async function started(server: Server | TlsServer): Promise<string> {
    servers.push(server);
    return `127.0.0.1:${String(await listening(server))}`;
}

const answering =
    (body: unknown, status = 200): RequestListener =>
    (request, response) => {
        void text(request).then((form) => {
            asked.push({
                method: request.method ?? "",
                path: request.url ?? "",
                form: new URLSearchParams(form),
                authorization: request.headers.authorization,
            });
            response.writeHead(status, { connection: "close" }).end(typeof body === "string" ? body : JSON.stringify(body));
        });
    };

async function clientOf(listener: RequestListener, args: Partial<PrometheusArgs> = {}): Promise<PrometheusClient> {
    return prometheusClient({ url: `http://${await started(createPlainServer(listener))}`, timeoutMs: 1_000, ...args });
}

const success = (resultType: string, result: unknown): Readonly<Record<string, unknown>> => ({ status: "success", data: { resultType, result } });
const up = { __name__: "up", pod: "a" };
/** As Prometheus 3 says it of each of Envoy's counters. */
const aboutTheName = 'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "envoy_cluster_upstream_rq_xx" (1:578)';

describe("a vector", () => {
    it("is every series with its value, at the moment that was asked for", async () => {
        const client = await clientOf(answering(success("vector", [{ metric: up, value: [1_800_000_000.5, "1"] }])));

        expect(await client.vector("up", 1_800_000_000.5)).toEqual({ kind: "observed", value: [{ labels: up, atSeconds: 1_800_000_000.5, value: 1 }] });
        expect(asked).toMatchObject([{ method: "POST", path: "/api/v1/query", authorization: undefined }]);
        expect(Object.fromEntries(asked[0]?.form ?? [])).toEqual({ query: "up", time: "1800000000.500", timeout: "1000ms" });
    });

    it("is an empty list when there are no series", async () => {
        expect(await (await clientOf(answering(success("vector", [])))).vector("up")).toEqual({ kind: "observed", value: [] });
    });
});

describe("one number", () => {
    it.each([
        { what: "a series", answer: success("vector", [{ metric: up, value: [1, "2.5"] }]), value: 2.5 },
        { what: "a scalar", answer: success("scalar", [1, "2.5"]), value: 2.5 },
        { what: "zero", answer: success("vector", [{ metric: up, value: [1, "0"] }]), value: 0 },
        { what: "a counter by whose name it can't be told", answer: { ...success("scalar", [1, "3"]), infos: [aboutTheName] }, value: 3 },
    ])("is the value of $what", async ({ answer, value }) => {
        expect(await (await clientOf(answering(answer))).number("up")).toEqual({ kind: "observed", value });
    });

    it.each([
        { what: "no series", answer: success("vector", []), reason: /^no series/ },
        {
            what: "two series",
            answer: success(
                "vector",
                [1, 2].map(() => ({ metric: up, value: [1, "1"] })),
            ),
            reason: /^2 series where one is expected.*up\{pod="a"\}/,
        },
        { what: "NaN", answer: success("vector", [{ metric: up, value: [1, "NaN"] }]), reason: /up\{pod="a"\} is NaN/ },
        { what: "infinity", answer: success("vector", [{ metric: up, value: [1, "+Inf"] }]), reason: /is \+Inf/ },
        { what: "minus infinity", answer: success("scalar", [1, "-Inf"]), reason: /is -Inf/ },
        { what: "an empty value", answer: success("vector", [{ metric: up, value: [1, ""] }]), reason: /is empty/ },
        { what: "a matrix", answer: success("matrix", []), reason: /form that it should not have/ },
        { what: "a native histogram", answer: success("vector", [{ metric: up, histogram: [1, {}] }]), reason: /form that it should not have/ },
        { what: "warnings", answer: { ...success("scalar", [1, "1"]), warnings: ["a store is gone"] }, reason: /may be partial: a store is gone/ },
        { what: "infos", answer: { ...success("scalar", [1, "1"]), infos: ["no counter"] }, reason: /may be partial: no counter/ },
        {
            what: "another info beside one about a name",
            answer: { ...success("scalar", [1, "1"]), infos: [aboutTheName, "PromQL info: ignored histograms in a range"] },
            reason: /may be partial: PromQL info: ignored histograms in a range$/,
        },
        { what: "no JSON", answer: "<html>", reason: /no answer of its API/ },
        { what: "other JSON", answer: { ok: true }, reason: /no answer of its API/ },
        { what: "half an answer", answer: '{"status":"success","da', reason: /no answer of its API/ },
        {
            what: "a refusal",
            answer: { status: "error", errorType: "bad_data", error: "parse error" },
            status: 400,
            reason: /refused \(400\): bad_data: parse error/,
        },
        { what: "an error", answer: { status: "error", errorType: "internal", error: "x" }, status: 500, reason: /refused \(500\)/ },
        { what: "a success with status 500", answer: success("scalar", [1, "1"]), status: 500, reason: /answered 500/ },
        { what: "a login page", answer: "<html>", status: 302, reason: /answered 302/ },
    ])("is missing when the answer is $what", async ({ answer, status, reason }) => {
        const found = await (await clientOf(answering(answer, status))).number("up");

        expect(reasonOf(found)).toMatch(reason);
    });

    it("is missing when the answer is for another moment", async () => {
        const client = await clientOf(answering(success("vector", [{ metric: up, value: [100, "1"] }])));

        expect(await client.number("up", 160)).toEqual({ kind: "missing", reason: "Prometheus answered for 100 and the query was for 160" });
    });

    it("is missing when nothing listens", async () => {
        expect(await prometheusClient({ url: "http://127.0.0.1:1" }).number("up")).toEqual({
            kind: "missing",
            reason: "Prometheus at http://127.0.0.1:1 gave no answer: connect ECONNREFUSED 127.0.0.1:1",
        });
    });

    it.each([
        { what: "never answers", listener: () => undefined },
        { what: "stops in the middle", listener: ((_, response) => response.writeHead(200).write('{"status"')) satisfies RequestListener },
    ])("is missing when Prometheus $what", async ({ listener }) => {
        const found = await (await clientOf(listener, { timeoutMs: 100 })).number("up");

        expect(reasonOf(found)).toMatch(/took longer than 100 ms$/);
    });

    it("is missing when the answer is longer than is read", async () => {
        const client = await clientOf(answering(success("vector", [{ metric: { long: "x".repeat(10_000) }, value: [1, "1"] }])), { answerBytesAtMost: 5_000 });

        expect((await client.number("up")).kind).toBe("missing");
    });
});

describe("samples", () => {
    it("come with the times of their scrapes", async () => {
        const values = [
            [1, "5"],
            [2.5, "7"],
        ];
        const client = await clientOf(answering(success("matrix", [{ metric: up, values }])));

        expect(await client.samples("up[5m]", 10)).toEqual({
            kind: "observed",
            value: [
                {
                    labels: up,
                    samples: [
                        { atSeconds: 1, value: 5 },
                        { atSeconds: 2.5, value: 7 },
                    ],
                },
            ],
        });
    });

    it("are missing when one of them is no number", async () => {
        const values = [
            [1, "5"],
            [2, "NaN"],
        ];
        const client = await clientOf(answering(success("matrix", [{ metric: up, values }])));

        expect(await client.range("up", 0, 10, 1)).toMatchObject({ kind: "missing" });
    });
});

describe("what Prometheus does", () => {
    it("shows its targets", async () => {
        const target = {
            labels: up,
            scrapePool: "p",
            health: "down",
            lastError: "connection refused",
            lastScrape: "2026-01-01T00:00:00Z",
            scrapeInterval: "1m30s",
        };
        const never = { ...target, lastScrape: "0001-01-01T00:00:00Z", scrapeInterval: "500ms", health: "unknown", lastError: "" };
        const client = await clientOf(answering({ status: "success", data: { activeTargets: [target, never] } }));

        expect(await client.targets()).toEqual({
            kind: "observed",
            value: [
                { labels: up, health: "down", lastError: "connection refused", lastScrape: "2026-01-01T00:00:00Z", scrapeIntervalSeconds: 90 },
                { labels: up, health: "unknown", lastError: "", scrapeIntervalSeconds: 0.5 },
            ],
        });
        expect(asked[0]).toMatchObject({ method: "GET", path: "/api/v1/targets?state=active" });
    });

    it("shows the rules of all groups", async () => {
        const recording = { type: "recording", name: "a:b", query: "b", health: "ok" };
        const alerting = {
            type: "alerting",
            name: "A",
            query: "up == 0",
            health: "err",
            lastError: "bad",
            state: "firing",
            labels: { severity: "critical" },
            alerts: [],
        };
        const groups = [
            { name: "one", rules: [recording] },
            { name: "two", rules: [alerting] },
        ];
        const client = await clientOf(answering({ status: "success", data: { groups } }));

        expect(await client.rules()).toEqual({
            kind: "observed",
            value: [
                { kind: "recording", group: "one", name: "a:b", expression: "b", health: "ok", lastError: "", labels: {}, annotations: {} },
                {
                    kind: "alerting",
                    group: "two",
                    name: "A",
                    expression: "up == 0",
                    health: "err",
                    lastError: "bad",
                    state: "firing",
                    labels: { severity: "critical" },
                    annotations: {},
                },
            ],
        });
    });

    it("shows where alerts go, and what runs", async () => {
        const data = { activeAlertmanagers: [{ url: "http://a/api/v2/alerts" }], droppedAlertmanagers: [], version: "3.16.0" };
        const client = await clientOf(answering({ status: "success", data }));

        expect(await client.alertmanagers()).toEqual({ kind: "observed", value: ["http://a/api/v2/alerts"] });
        expect(await client.version()).toEqual({ kind: "observed", value: "3.16.0" });
    });
});

describe("the way to Prometheus", () => {
    it("keeps the path prefix of the URL", async () => {
        const address = await started(createPlainServer(answering(success("scalar", [1, "1"]))));
        await prometheusClient({ url: `http://${address}/main` }).now();

        expect(asked[0]?.path).toBe("/main/api/v1/query");
    });

    it("sends a token, and reads it anew for each question", async () => {
        let turn = 0;
        const client = await clientOf(answering(success("scalar", [1, "1"])), { bearerToken: () => Promise.resolve(`token-${String((turn += 1))}`) });
        await client.now();
        await client.now();

        expect(asked.map(({ authorization }) => authorization)).toEqual(["Bearer token-1", "Bearer token-2"]);
    });

    it("never shows a token, not even where the answer holds it", async () => {
        const client = await clientOf(answering({ status: "error", errorType: "forbidden", error: "Bearer s3cret is not known" }, 403), {
            bearerToken: "s3cret",
        });

        expect(await client.now()).toEqual({ kind: "missing", reason: "Prometheus refused (403): forbidden: Bearer (token) is not known" });
    });

    it("says when the token can't be read", async () => {
        const client = await clientOf(answering(""), { bearerToken: () => Promise.reject(new Error("ENOENT: no such file")) });

        expect(reasonOf(await client.now())).toContain("ENOENT");
    });

    it("trusts the authority that is given, and no other", async () => {
        const { cert, private: key } = await generate([{ name: "commonName", value: "127.0.0.1" }], {
            extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
        });
        const url = `https://${await started(createTlsServer({ cert, key }, answering(success("scalar", [1, "1"]))))}`;

        expect(await prometheusClient({ url, certificateAuthority: cert }).now()).toEqual({ kind: "observed", value: 1 });
        expect(reasonOf(await prometheusClient({ url }).now())).toContain("certificate");
    });

    it("tries once more when a connection breaks, and only once", async () => {
        let breaks = 1;
        const client = await clientOf((request, response) => {
            breaks -= 1;
            if (breaks >= 0) {
                request.socket.destroy();
            } else {
                answering(success("scalar", [1, "1"]))(request, response);
            }
        });

        expect(await client.now()).toEqual({ kind: "observed", value: 1 });
        breaks = 2;
        expect(await client.now()).toMatchObject({ kind: "missing" });
    });

    it.each([
        { url: "prometheus:9090", reason: /begins with http/ },
        { url: "", reason: /begins with http/ },
        { url: "http://admin:s3cret@prometheus:9090", reason: /^(?!.*s3cret).*holds a user or a password/ },
    ])("is refused when the URL is '$url'", ({ url, reason }) => {
        expect(() => prometheusClient({ url })).toThrow(reason);
    });
});
