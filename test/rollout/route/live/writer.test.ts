import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { apiServer } from "../../../../rollout/kubernetes/cluster-reader.ts";
import { routeWriter } from "../../../../rollout/route/live/writer.ts";
import type { Weight } from "../../../../rollout/plan/plan.ts";
import type { RolloutRecord } from "../../../../rollout/route/record.ts";
import { addMark } from "../../../../rollout/route/rolled-back.ts";
import { routeSpec } from "../../../../rollout/route/route-spec.ts";
import { revision, rolling } from "../../arbitraries.ts";
import { design, hostDesign, routeOf, testerKey } from "../route.ts";
import { type FakeAnswer, FakeApiServer } from "../../kubernetes/fake-api-server.ts";
import { labelKeys } from "../../../../service/label-keys.ts";

const marked = { [labelKeys.rolledBack]: addMark(undefined, { revision: revision("v2"), reason: "errors" }) };

function route(record: RolloutRecord, annotations: Readonly<Record<string, string>> = {}): FakeAnswer {
    return { status: 200, body: routeOf(record, annotations, labelKeys.rolledBack in annotations ? null : testerKey) };
}

const status = (code: number): FakeAnswer => ({ status: code, body: { kind: "Status", code, message: `status ${String(code)}` } });
const at = (weight: Weight): FakeAnswer => route(rolling(weight));
const back = route(rolling(0), marked);

describe("a writer of the way back", () => {
    let server: FakeApiServer;
    const writer = () => routeWriter({ api: apiServer({ kubeContext: "lab", timeoutMs: 2_000 }), route: design });
    const rollBack = async () => writer().rollBack({ namespace: "prod", name: "api", stable: revision("v1"), candidate: revision("v2"), reason: "errors" });
    const clear = async () => writer().clearRolledBack({ namespace: "prod", name: "api", revision: revision("v2") });
    /** Answers of reads and of patches, each in turn, the last one for good. */
    const answers = async (reads: readonly (FakeAnswer | undefined)[], patches: readonly (FakeAnswer | undefined)[] = [status(500)]) => {
        const [left, leftOfPatches] = [[...reads], [...patches]];
        const next = (list: (FakeAnswer | undefined)[]): FakeAnswer | undefined => (list.length > 1 ? list.shift() : list[0]);
        await server.answer(({ method }) => next(method === "PATCH" ? leftOfPatches : left));
    };
    const methods = () => server.requests.map(({ method }) => method);

    beforeEach(() => {
        server = new FakeApiServer();
    });
    afterEach(() => {
        server.remove();
    });

    it("needs one read and one patch, of one route, under its own name", async () => {
        await answers([at(50)], [back]);
        expect(await rollBack()).toMatchObject({ kind: "rolled-back", fromPercent: 50, attempts: 1 });
        expect(methods()).toEqual(["GET", "PATCH"]);
        expect(server.requests[1]).toMatchObject({
            url: "/apis/gateway.networking.k8s.io/v1/namespaces/prod/httproutes/api?fieldManager=progressive-rollout",
            contentType: "application/json-patch+json",
        });
    });

    it("has succeeded where the route is back already", async () => {
        await answers([back]);
        expect(await rollBack()).toMatchObject({ kind: "already" });
        expect(methods()).toEqual(["GET"]);
    });

    it.each([409, 422])("looks again when somebody was quicker (%i), and takes back what is there then", async (code) => {
        await answers([at(25), at(50)], [status(code), back]);
        expect(await rollBack()).toMatchObject({ kind: "rolled-back", fromPercent: 50, attempts: 2 });
    });

    it("does nothing to the rollout that somebody quicker has begun", async () => {
        await answers([at(25), route(rolling(10, "v3"))], [status(422)]);
        expect(await rollBack()).toMatchObject({ kind: "overtaken", reason: "the candidate is v3 now, not v2" });
        expect(methods()).toEqual(["GET", "PATCH", "GET"]);
    });

    it("insists when the API server has trouble", async () => {
        await answers([status(503), at(25)], [status(500), undefined, back]);
        expect(await rollBack()).toMatchObject({ kind: "rolled-back", fromPercent: 25, attempts: 4 });
    });

    it("knows its own patch whose answer was lost", async () => {
        await answers([at(25), back], [undefined]);
        expect(await rollBack()).toMatchObject({ kind: "rolled-back", fromPercent: 25 });
    });

    it.each([
        { case: "of its own reason, after an answer that was lost", reason: "errors", patches: [undefined], kind: "rolled-back" },
        { case: "of another reason, after an answer that was lost", reason: "slow", patches: [undefined], kind: "already" },
        { case: "of its own reason, after a patch that was refused", reason: "errors", patches: [status(422)], kind: "already" },
    ])("counts as its own only a rollback $case", async ({ reason, patches, kind }) => {
        const other = route(rolling(0), { [labelKeys.rolledBack]: addMark(undefined, { revision: revision("v2"), reason }) });
        await answers([at(25), other], patches);
        expect(await rollBack()).toMatchObject({ kind });
    });

    it("tries no more when it is not wanted any more", async () => {
        await answers([status(503)]);
        const wanted = writer().rollBack({
            namespace: "prod",
            name: "api",
            stable: revision("v1"),
            candidate: revision("v2"),
            reason: "errors",
            stillWanted: () => server.requests.length < 2,
        });
        expect(await wanted).toMatchObject({ kind: "failed", refused: false, reason: expect.stringContaining("2 attempts") as string });
    });

    it.each([
        { case: "it may not", reads: [at(25)], patches: [status(403)], refused: true },
        { case: "the API server finds fault with it", reads: [at(25)], patches: [status(422)], refused: true },
        { case: "there is no route", reads: [status(404)], patches: [], refused: true },
        { case: "the API server has trouble", reads: [status(500)], patches: [], refused: false },
        { case: "the API server has too much to do", reads: [status(429)], patches: [], refused: false },
    ])("tells a refusal from trouble when $case", async ({ reads, patches, refused }) => {
        await answers(reads, patches);
        expect(await rollBack()).toMatchObject({ kind: "failed", refused });
    });

    it.each([
        { case: "it may not", reads: [at(25)], patches: [status(403)], reason: /403|status/, asked: 2 },
        { case: "nobody answers", reads: [undefined], patches: [], reason: /gave no answer within 2000 ms \(5 attempts\)/, asked: 5 },
        { case: "others are quicker each time", reads: [at(25)], patches: [status(422)], reason: /\(5 attempts\)/, asked: 10 },
        { case: "there is no route", reads: [status(404)], patches: [], reason: /there is no HTTPRoute prod\/api/, asked: 1 },
    ])("says that it failed when $case", async ({ reads, patches, reason, asked }) => {
        await answers(reads, patches);
        const result = await rollBack();
        expect(result.kind).toBe("failed");
        expect(result.kind === "failed" && result.reason).toMatch(reason);
        expect(server.requests.length).toBe(asked);
    });

    describe("where testers have a host name of their own", () => {
        const own = () => routeWriter({ api: apiServer({ kubeContext: "lab", timeoutMs: 2_000 }), route: hostDesign });
        const asked = { namespace: "prod", name: "api", reason: "errors" };
        const back25 = async () => own().rollBack({ ...asked, stable: revision("v1"), candidate: revision("v2") });
        const hosted = (weight: Weight, annotations: Readonly<Record<string, string>> = {}): FakeAnswer => ({
            status: 200,
            body: { ...routeOf(rolling(weight), annotations), spec: routeSpec(rolling(weight), hostDesign) },
        });
        /** Answers of reads, patches and deletions, the last of each for good. */
        const server3 = async (read: FakeAnswer | undefined, patch: FakeAnswer | undefined, deletions: readonly (FakeAnswer | undefined)[]) => {
            const left = [...deletions];
            await server.answer(({ method }) => (method === "DELETE" ? (left.length > 1 ? left.shift() : left[0]) : method === "PATCH" ? patch : read));
        };

        it("gives users back first, and then deletes the testers' route, by its name", async () => {
            await server3(hosted(25), hosted(0, marked), [status(200)]);
            expect(await back25()).toEqual({ kind: "rolled-back", fromPercent: 25, attempts: 1, tookMs: expect.any(Number) as number });
            expect(methods()).toEqual(["GET", "PATCH", "DELETE"]);
            expect(server.requests[2]?.url).toBe("/apis/gateway.networking.k8s.io/v1/namespaces/prod/httproutes/api-testers");
        });

        it("deletes it where users are back already: whoever took them back may not have come that far", async () => {
            await server3(hosted(0, marked), undefined, [status(200)]);
            expect(await back25()).toMatchObject({ kind: "already" });
            expect(methods()).toEqual(["GET", "DELETE"]);
        });

        it("deletes it where one revision gets everything on a route that can't be read", async () => {
            await server3({ status: 200, body: { metadata: {}, spec: hosted(25) } }, hosted(0), [status(200)]);
            expect(await own().giveAll({ ...asked, to: "v1" })).toMatchObject({ kind: "rolled-back" });
            expect(methods()).toEqual(["GET", "PATCH", "DELETE"]);
        });

        it.each([
            { case: "is not there", deletions: [status(404)], asks: 1 },
            { case: "is deleted at the second try", deletions: [status(500), status(200)], asks: 2 },
            { case: "is gone after an answer that was lost", deletions: [undefined, status(404)], asks: 2 },
        ])("has no more to say where the testers' route $case", async ({ deletions, asks }) => {
            await server3(hosted(25), hosted(0, marked), deletions);
            expect(await back25()).not.toHaveProperty("testersStay");
            expect(methods().filter((method) => method === "DELETE")).toHaveLength(asks);
        });

        it.each([
            { case: "it may not", deletion: status(403), asks: 1, reason: "403 Forbidden: status 403" },
            { case: "the API server has trouble", deletion: status(500), asks: 5, reason: "(5 attempts)" },
        ])("has taken users back, and says once that testers may still come, where $case", async ({ deletion, asks, reason }) => {
            await server3(hosted(25), hosted(0, marked), [deletion]);
            const result = await back25();
            expect(result).toMatchObject({ kind: "rolled-back", fromPercent: 25, attempts: 1 });
            const said = result.kind === "rolled-back" ? result.testersStay : "";
            expect(said).toContain("testers may still reach the candidate: HTTPRoute prod/api-testers was not deleted");
            expect(said).toContain(reason);
            expect(said).toContain("kubectl delete httproute -n prod api-testers");
            expect(methods()).toEqual(["GET", "PATCH", ...Array.from({ length: asks }, () => "DELETE")]);
        });

        it.each([
            { case: "failed", patch: status(403), read: hosted(25) },
            { case: "was overtaken", patch: undefined, read: route(rolling(10, "v3")) },
        ])("leaves the testers' route alone where the rollback of users $case", async ({ patch, read }) => {
            await server3(read, patch, [status(200)]);
            await back25();
            expect(methods()).not.toContain("DELETE");
        });
    });

    it("takes a mark away", async () => {
        await answers([back], [at(10)]);
        expect(await clear()).toEqual({ kind: "cleared" });
        expect(server.requests[1]?.body).toEqual([
            { op: "test", path: "/metadata/annotations/nova.example.com~1rolled-back", value: marked[labelKeys.rolledBack] },
            { op: "remove", path: "/metadata/annotations/nova.example.com~1rolled-back" },
        ]);
    });

    it.each([
        { case: "there is none", reads: [at(10)], patches: [], result: { kind: "not-marked" } },
        { case: "there is no route", reads: [status(404)], patches: [], result: { kind: "failed", reason: "there is no HTTPRoute prod/api" } },
        { case: "somebody else has taken it away", reads: [back, at(0)], patches: [status(422)], result: { kind: "not-marked" } },
    ])("takes no mark away when $case", async ({ reads, patches, result }) => {
        await answers(reads, patches);
        expect(await clear()).toEqual(result);
    });
});
