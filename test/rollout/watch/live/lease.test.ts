import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { apiServer } from "../../../../rollout/kubernetes/api-server.ts";
import { type WatchLease, watchLease } from "../../../../rollout/watch/live/lease.ts";
import { type FakeAnswer, FakeApiServer } from "../../kubernetes/fake-api-server.ts";
import { labelKeys } from "../../../../service/label-keys.ts";

interface LeaseBody {
    metadata: { name: string; resourceVersion?: string; annotations?: Record<string, string> };
    spec: Record<string, unknown>;
}

/** Keeps one Lease as the API server does: a write needs the version that was read. Its clock is the test's. */
class LeaseKeeper {
    readonly server = new FakeApiServer();
    nowMs = Date.parse("2026-01-01T00:00:00Z");
    lease: LeaseBody | undefined;
    #version = 0;

    async start(): Promise<void> {
        await this.server.answer(({ method, body }) => {
            const date = new Date(this.nowMs).toUTCString();
            return { date, ...this.#answer(method, body as LeaseBody | undefined) };
        });
    }

    watcher(holder: string): WatchLease {
        return watchLease({ keys: labelKeys, api: apiServer({ kubeContext: "lab", timeoutMs: 2_000 }), namespace: "prod", name: "watch", holder });
    }

    /** A lease that another party wrote. */
    written(spec: Record<string, unknown>): void {
        this.#version += 1;
        this.lease = { metadata: { name: "watch", resourceVersion: String(this.#version) }, spec };
    }

    #answer(method: string, body: LeaseBody | undefined): FakeAnswer {
        if (method === "GET") {
            return this.lease === undefined ? status(404) : { status: 200, body: this.lease };
        }
        if (body === undefined || body.metadata.resourceVersion !== this.lease?.metadata.resourceVersion) {
            return status(409);
        }
        this.#version += 1;
        this.lease = { ...body, metadata: { ...body.metadata, resourceVersion: String(this.#version) } };
        return { status: 200, body: this.lease };
    }
}

function status(code: number): FakeAnswer {
    return { status: code, body: { kind: "Status", code } };
}

describe("the lease of watchers", () => {
    let keeper: LeaseKeeper;

    beforeEach(async () => {
        keeper = new LeaseKeeper();
        await keeper.start();
    });
    afterEach(() => {
        keeper.server.remove();
    });

    it("has one holder, which renews it", async () => {
        const [first, second] = [keeper.watcher("first"), keeper.watcher("second")];
        expect(await first.acquire()).toMatchObject({ kind: "held" });
        expect(await second.acquire(true)).toMatchObject({ kind: "elsewhere", holder: "first", sees: true });
        keeper.nowMs += 14_000;
        expect(await first.acquire(true)).toMatchObject({ kind: "held" });
        keeper.nowMs += 14_000;
        expect(await second.acquire(true)).toMatchObject({ kind: "elsewhere", holder: "first" });
    });

    it("goes from a holder that sees nothing to a watcher that sees, and not back while that one sees", async () => {
        const [laptop, pod] = [keeper.watcher("laptop"), keeper.watcher("pod")];
        await laptop.acquire();
        await laptop.acquire(false);
        expect(await pod.acquire(undefined)).toMatchObject({ kind: "elsewhere", holder: "laptop", sees: false });
        expect(await pod.acquire(true)).toMatchObject({ kind: "held", takenFrom: "laptop" });
        expect(await laptop.acquire(false)).toMatchObject({ kind: "elsewhere", holder: "pod", sees: true });
        expect(await laptop.acquire(true)).toMatchObject({ kind: "elsewhere", holder: "pod" });
    });

    it("stays where it is while all are blind, so that one of them speaks", async () => {
        const [laptop, pod] = [keeper.watcher("laptop"), keeper.watcher("pod")];
        await laptop.acquire(false);
        expect(await pod.acquire(false)).toMatchObject({ kind: "elsewhere", holder: "laptop", sees: false });
        expect(await laptop.acquire(false)).toMatchObject({ kind: "held" });
    });

    it.each([
        { what: "for ten hours", spec: { leaseDurationSeconds: 36_000 } },
        { what: "for a negative time", spec: { leaseDurationSeconds: -5 } },
        { what: "for a word", spec: { leaseDurationSeconds: "long" } },
        { what: "for no time that it says", spec: {} },
    ])("is kept $what by another party no longer than by a watcher", async ({ spec }) => {
        const renewTime = new Date(keeper.nowMs).toISOString();
        keeper.written({ holderIdentity: "other", renewTime, ...spec });
        expect(await keeper.watcher("pod").acquire(true)).toMatchObject({ kind: "elsewhere", holder: "other" });
        keeper.nowMs += 16_000;
        expect(await keeper.watcher("pod").acquire(true)).toMatchObject({ kind: "held", takenFrom: "other" });
    });

    it.each(["yesterday", "", "2099-01-01T00:00:00.000000Z"])("is not kept by a renewal at '%s'", async (renewTime) => {
        keeper.written({ holderIdentity: "other", leaseDurationSeconds: 15, renewTime });
        expect(await keeper.watcher("pod").acquire(true)).toMatchObject({ kind: "held" });
    });

    it("is not taken again by a renewal that is late when it was given up", async () => {
        const pod = keeper.watcher("pod");
        await pod.acquire();
        const late = pod.acquire(true);
        await pod.release();
        await late;
        expect(keeper.lease?.spec.holderIdentity).toBe("");
    });

    it("costs nothing to give up where it was never asked for", async () => {
        await keeper.watcher("idle").release();
        expect(keeper.server.requests).toEqual([]);
    });

    it("has one holder, however many ask at once", async () => {
        const answers = await Promise.all(["a", "b", "c", "d"].map((holder) => keeper.watcher(holder).acquire()));
        expect(answers.map(({ kind }) => kind).toSorted()).toEqual(["elsewhere", "elsewhere", "elsewhere", "held"]);
    });

    it("is unknown where the API server can't be asked", async () => {
        keeper.server.stop();
        expect(await keeper.watcher("pod").acquire(true)).toMatchObject({ kind: "unknown" });
    });
});
