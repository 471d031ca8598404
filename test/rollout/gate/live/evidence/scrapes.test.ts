import { describe, expect, it } from "vitest";

import { Setup, now, pod, processes, reasonOf, valueOf } from "./setup.ts";
import { seriesOf } from "./world.ts";

const setup = new Setup();

describe("scrapes against the pods of the API server", () => {
    it("are missing when a ready pod isn't scraped, while the others' counts are there", async () => {
        setup.pods.byRevision = { ...setup.pods.byRevision, v2: [pod("v2-a"), pod("v2-b")] };
        const { scrapes, requests } = await setup.candidate();

        expect(scrapes).toEqual({ kind: "missing", reason: "pod v2-b of revision v2 is ready and was not scraped within the window" });
        expect(requests.kind).toBe("observed");
    });

    it.each([
        { readyFor: 35, kind: "observed" },
        { readyFor: 36, kind: "missing" },
    ])("are $kind when a pod that isn't scraped has been ready for $readyFor s", async ({ readyFor, kind }) => {
        setup.pods.byRevision = { ...setup.pods.byRevision, v2: [pod("v2-a"), pod("v2-b", { readySinceSeconds: now - readyFor })] };

        expect((await setup.candidate()).scrapes.kind).toBe(kind);
    });

    it.each([
        { readyFor: 35, fewest: 40 },
        { readyFor: 36, fewest: 1 },
    ])("have a pod that was scraped once as the one with the fewest when it has been ready for $readyFor s: $fewest", async ({ readyFor, fewest }) => {
        setup.player.series = [...processes, { pod: "v2-b", revision: "v2", startedAtSeconds: now - 40, scrapes: [now - 5] }].flatMap(seriesOf);
        setup.pods.byRevision = { ...setup.pods.byRevision, v2: [pod("v2-a"), pod("v2-b", { readySinceSeconds: now - readyFor })] };

        expect(valueOf((await setup.candidate()).scrapes)).toMatchObject({ fewestDistinct: fewest, pods: 2 });
    });

    it("do not ask for a pod that isn't ready", async () => {
        const starting = { name: "v2-b", ready: false, restarts: 0, recentRestarts: 0, cpuRequestCores: 0.5 };
        setup.pods.byRevision = { ...setup.pods.byRevision, v2: [pod("v2-a"), starting] };

        expect(valueOf((await setup.candidate()).scrapes).pods).toBe(1);
    });

    it("show their age when Prometheus stopped to scrape", async () => {
        setup.resample(
            ({ pod: of }) => of === "v2-a",
            (samples) => samples.filter(([at]) => at < now - 200),
        );

        expect(valueOf((await setup.candidate()).scrapes).newestAgeSeconds).toBe(206);
    });

    it("are missing when the last one is older than Prometheus looks back", async () => {
        setup.resample(
            ({ pod: of }) => of === "v2-a",
            (samples) => samples.filter(([at]) => at < now - 300),
        );

        expect(reasonOf((await setup.candidate()).scrapes)).toContain("was last scraped 311 s ago");
    });

    it("show the pod that is furthest behind, and the one with the fewest", async () => {
        setup.resample(
            ({ pod: of }) => of === "v1-b",
            (samples) => samples.filter(([at]) => at < now - 100 && at > now - 200),
        );

        expect(valueOf((await setup.collect()).stable.scrapes)).toEqual({ newestAgeSeconds: 112, fewestDistinct: 6, pods: 2 });
    });

    it("cover less than the window when Prometheus has no data from its beginning", async () => {
        setup.resample(
            ({ revision }) => revision === "v1",
            (samples) => samples.filter(([at]) => at > now - 300),
        );

        expect((await setup.collect()).windowSeconds).toBe(299);
    });
});
