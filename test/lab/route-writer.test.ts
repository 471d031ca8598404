import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { apiServer, clusterReader } from "../../rollout/kubernetes/cluster-reader.ts";
import { type RouteWriter, routeWriter } from "../../rollout/route/live/writer.ts";
import { type Weight, weightsOf } from "../../rollout/plan/plan.ts";
import { encodeRecord } from "../../rollout/route/record.ts";
import { routeSpec, testersRouteSpec } from "../../rollout/route/route-spec.ts";
import { testersRouteName } from "../../rollout/route/testers.ts";
import { transition } from "../../rollout/route/transition.ts";
import { revision, rolling, steady } from "../rollout/arbitraries.ts";
import { design, hostDesign } from "../rollout/route/route.ts";
import { TrialNamespace } from "./trial-namespace.ts";
import { plan } from "../../service/plan.ts";
import { labelKeys } from "../../service/label-keys.ts";

const weights = weightsOf(plan);

const reason = "errors 6.2 % of 1,310 requests, bound 5 %";

/** The way back, on a real API server: one patch, whatever else goes on. */
describe("a rollback past the program", () => {
    let trial: TrialNamespace;
    let writer: RouteWriter;
    const rollBack = async (candidate = revision("v2"), stable = revision("v1")) =>
        writer.rollBack({ namespace: trial.name, name: "api", stable, candidate, reason });
    const readStep = async () => clusterReader({ api: apiServer({ kubeContext: trial.kubeContext }), route: design }).readStep(trial.name, "api");
    const present = async () => {
        const live = await readStep();
        return live.kind === "found" ? live.present : live;
    };

    beforeAll(async () => {
        trial = await TrialNamespace.create("route-writer");
        writer = routeWriter({ api: apiServer({ kubeContext: trial.kubeContext }), route: design });
    });
    afterAll(async () => {
        await trial.remove();
    });

    it.each(weights.filter((weight) => weight > 0))(
        "gives the stable revision everything from %i percent, and leaves what no step may undo",
        async (weight) => {
            await trial.applyRoute(rolling(weight));
            expect(await rollBack()).toMatchObject({ kind: "rolled-back", fromPercent: weight, attempts: 1 });
            expect(await trial.weights()).toEqual({ "api-v1": 100, "api-v2": 0 });
            const live = await present();
            expect(live).toEqual({ record: rolling(0), routedPercent: 0, previousPercent: weight, rolledBack: [{ revision: revision("v2"), reason }] });
            expect("record" in live && transition(plan, live, rolling(10)).kind).toBe("refused");
            expect(await rollBack()).toMatchObject({ kind: "already" });
            expect(await writer.clearRolledBack({ namespace: trial.name, name: "api", revision: revision("v2") })).toEqual({ kind: "cleared" });
        },
    );

    it("keeps the mark when the program writes the route again, by force, at 0", async () => {
        await trial.applyRoute(rolling(25));
        await rollBack();
        await trial.applyRoute(rolling(0), { labels: { changed: "by-the-program" }, testers: false });
        expect(await present()).toMatchObject({ record: rolling(0), routedPercent: 0, rolledBack: [{ revision: revision("v2"), reason }] });
        await trial.applyRoute(steady());
        await trial.applyRoute(rolling(0, "v3"));
        const live = await present();
        expect("record" in live && transition(plan, live, rolling(10, "v3")).kind).toBe("forward");
        expect("record" in live && transition(plan, live, rolling(10, "v2")).kind).toBe("refused");
        await writer.clearRolledBack({ namespace: trial.name, name: "api", revision: revision("v2") });
        expect(await writer.clearRolledBack({ namespace: trial.name, name: "api", revision: revision("v2") })).toEqual({ kind: "not-marked" });
    });

    it("is not held up by a gateway that reports all the time", async () => {
        await trial.applyRoute(rolling(50));
        const done = new AbortController();
        const gateway = (async () => {
            for (let report = 0; !done.signal.aborted; report++) {
                await trial.reportStatus(`Report${String(report)}`);
            }
        })();
        expect(await rollBack()).toMatchObject({ kind: "rolled-back", attempts: 1 });
        done.abort();
        await gateway;
        await writer.clearRolledBack({ namespace: trial.name, name: "api", revision: revision("v2") });
    });

    it("ends the testers' own route too, where they come by a host name, and does not miss it the second time", async () => {
        const [service, record] = ["by-host", rolling(25)];
        const of = { ...hostDesign, service };
        const route = (name: string, spec: object | undefined, annotations = {}) => ({
            apiVersion: "gateway.networking.k8s.io/v1",
            kind: "HTTPRoute",
            metadata: { name, annotations },
            spec,
        });
        const testers = testersRouteName(service);
        await trial.apply("pulumi", route(service, routeSpec(record, of), encodeRecord(record, labelKeys)), route(testers, testersRouteSpec("v2", of)));
        const back = { namespace: trial.name, name: service, stable: revision("v1"), candidate: revision("v2"), reason };
        const byHost = routeWriter({ api: apiServer({ kubeContext: trial.kubeContext }), route: of });
        expect(await byHost.rollBack(back)).toMatchObject({ kind: "rolled-back", fromPercent: 25 });
        await expect(trial.route(testers)).rejects.toThrow(/404/);
        expect(await byHost.rollBack(back)).toMatchObject({ kind: "already" });
    });

    it("leaves a rollout alone that is another one by now", async () => {
        await trial.applyRoute(rolling(10, "v3"));
        const before = await trial.route();
        expect(await rollBack()).toMatchObject({ kind: "overtaken", reason: "the candidate is v3 now, not v2" });
        expect(await rollBack(revision("v3"), revision("v0"))).toMatchObject({ kind: "overtaken" });
        expect(await trial.route()).toEqual(before);
    });

    it("ends with the stable revision in charge whoever else writes at the same time", async () => {
        for (let round = 0; round < 20; round++) {
            await trial.applyRoute(rolling(25));
            const others = [10, 50, 100].map(async (weight) => takeUp(weight));
            const results = await Promise.all([rollBack(), rollBack(), ...others]);
            expect(["rolled-back", "already"]).toContain(results[0].kind);
            expect(["rolled-back", "already"]).toContain(results[1].kind);
            // Whoever wrote without looking afterwards is brought back by the next look of a watcher.
            expect(["rolled-back", "already"]).toContain((await rollBack()).kind);
            expect(await trial.weights()).toEqual({ "api-v1": 100, "api-v2": 0 });
            expect((await trial.route()).metadata.annotations[labelKeys.record.weightPercent]).toBe("0");
            await writer.clearRolledBack({ namespace: trial.name, name: "api", revision: revision("v2") });
        }
    });

    it("says that there is no route, and which right is missing", async () => {
        expect(await writer.rollBack({ namespace: trial.name, name: "other", stable: revision("v1"), candidate: revision("v2"), reason })).toMatchObject({
            kind: "failed",
            reason: `there is no HTTPRoute ${trial.name}/other`,
        });
    });

    /** Another writer, who sets a weight by hand, record and rules in one write, without a look at what is there. */
    async function takeUp(weight: Weight): Promise<void> {
        await trial.patchRoute([
            { op: "replace", path: `/metadata/annotations/${labelKeys.record.weightPercent.replace("/", "~1")}`, value: String(weight) },
            { op: "replace", path: "/spec", value: routeSpec(rolling(weight), design) },
        ]);
    }
});
