import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { apiServer } from "../../../rollout/kubernetes/cluster-reader.ts";
import { type ConfigMaps, configMaps } from "../../../rollout/kubernetes/config-maps.ts";
import { FakeApiServer } from "./fake-api-server.ts";

const created = "2025-10-26T07:00:00Z";
const path = "/api/v1/namespaces/prod/configmaps";
const object = (name: string) => ({ metadata: { name, creationTimestamp: created }, immutable: true, data: { record: "x" } });

/** ConfigMaps over an API server that answers as it is told. */
describe("ConfigMaps of an API server", () => {
    let server: FakeApiServer;
    let maps: ConfigMaps;

    beforeEach(() => {
        server = new FakeApiServer();
        maps = configMaps({ namespace: "prod", api: apiServer({ kubeContext: server.kubeContext, timeoutMs: 2_000 }) });
    });
    afterEach(() => {
        server.remove();
    });

    const listing = async (items: unknown): Promise<void> =>
        server.answer(() => ({ status: 200, body: { metadata: {}, items }, date: "Sun, 26 Oct 2025 07:00:09 GMT" }));

    it("are listed by their labels, page by page, with the API server's time", async () => {
        await server.answer((_request, number) => ({
            status: 200,
            body: { metadata: number === 1 ? { continue: "more" } : {}, items: [object(`map-${String(number)}`)] },
            date: "Sun, 26 Oct 2025 07:00:09 GMT",
        }));
        expect(await maps.list("app=api")).toEqual({
            value: ["map-1", "map-2"].map((name) => ({ name, data: { record: "x" }, createdAt: "2025-10-26T07:00:00.000Z", immutable: true })),
            now: "2025-10-26T07:00:09.000Z",
        });
        const queries = server.requests.map(({ url }) => new URL(url, "http://localhost")).map(({ pathname, searchParams }) => [pathname, ...searchParams]);
        expect(queries).toEqual([
            [path, ["labelSelector", "app=api"], ["limit", "200"]],
            [path, ["continue", "more"], ["labelSelector", "app=api"], ["limit", "200"]],
        ]);
    });

    it("are named without their content", async () => {
        let accepted: string | undefined;
        await server.serve(({ headers }, response) => {
            accepted = headers.accept;
            response
                .writeHead(200, { "content-type": "application/json" })
                .end(JSON.stringify({ metadata: {}, items: [{ metadata: { name: "a", creationTimestamp: created } }] }));
        });
        expect((await maps.names("app=api")).value).toEqual(["a"]);
        expect(accepted).toContain("as=PartialObjectMetadataList");
    });

    it("are none where the list of metadata is null", async () => {
        await listing(null);
        expect((await maps.names("app=api")).value).toEqual([]);
    });

    it("are made immutable, with their labels", async () => {
        await server.answer(() => ({ status: 201, body: object("a") }));
        expect(await maps.create({ name: "a", labels: { app: "api" }, data: { record: "x" } })).toBe(true);
        expect(server.requests).toMatchObject([
            { method: "POST", body: { metadata: { name: "a", labels: { app: "api" } }, immutable: true, data: { record: "x" } } },
        ]);
    });

    it("are not made twice under one name", async () => {
        await server.answer(() => ({ status: 409, body: { kind: "Status", reason: "AlreadyExists" } }));
        expect(await maps.create({ name: "a", labels: {}, data: {} })).toBe(false);
    });

    it.each([403, 422, 500])("are not made when the API server answers %i, and that is an error", async (status) => {
        await server.answer(() => ({ status, body: { kind: "Status", message: "no" } }));
        await expect(maps.create({ name: "a", labels: {}, data: {} })).rejects.toThrow(String(status));
    });

    it("are found by name, or not there", async () => {
        await server.answer(({ url }) => (url.endsWith("/a") ? { status: 200, body: object("a") } : { status: 404, body: { kind: "Status", code: 404 } }));
        expect(await maps.find("a")).toMatchObject({ name: "a", data: { record: "x" } });
        expect(await maps.find("b")).toBeUndefined();
    });

    it("can't be dated by an API server that does not say what time it is", async () => {
        await server.answer(() => ({ status: 200, body: { metadata: {}, items: [] }, date: null }));
        await expect(maps.names("app=api")).rejects.toThrow("the API server's answer had no date");
    });

    it("without a name or a time are an error, never a guess", async () => {
        await listing([{ metadata: { name: "a" } }]);
        await expect(maps.list("app=api")).rejects.toThrow("the API server gave a ConfigMap without a name or a time");
    });
});
