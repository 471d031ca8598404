import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readPreview } from "../../../rollout/cli/comment/preview.ts";
import { commentText, failedCommentText, markerOf } from "../../../rollout/cli/comment/text.ts";
import type { Weight } from "../../../rollout/plan/plan.ts";
import { encodeRecord } from "../../../rollout/route/record.ts";
import { referenceTo } from "../../../rollout/route/revision.ts";
import { labelKeys } from "../../../service/label-keys.ts";

const stable = { name: "v1-0-0", image: "registry.example.com/nova/video-ranking:1.0.0", config: { LOG_LEVEL: "info", RANKING_MODEL: "baseline" } };
const candidate = {
    ...stable,
    name: "v1-1-0",
    image: "registry.example.com/nova/video-ranking:1.1.0",
    config: { LOG_LEVEL: "info", RANKING_MODEL: "two-tower" },
};

const route = (weights: Readonly<Record<string, number>>) => ({
    inputs: {
        spec: {
            rules: [{ backendRefs: [{ name: "tester", weight: 100 }] }, { backendRefs: Object.entries(weights).map(([name, weight]) => ({ name, weight })) }],
        },
    },
});
const urn = (type: string, name: string) => `urn:pulumi:prod::video-ranking::progressive-rollout:rollout:ProgressiveRollout$${type}::${name}`;

const preview = JSON.stringify({
    steps: [
        // The engine leaves the inputs out of a state that has none.
        { op: "same", urn: urn("pulumi:pulumi:Stack", "stack"), oldState: {}, newState: {} },
        { op: "same", urn: urn("kubernetes:core/v1:Namespace", "namespace"), oldState: { inputs: {} }, newState: { inputs: {} } },
        {
            op: "create",
            urn: urn("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "testers-route"),
            newState: {
                inputs: { metadata: { name: "video-ranking-testers" }, spec: { rules: [{ backendRefs: [{ name: "ranking-v1-1-0-testers", weight: 100 }] }] } },
            },
        },
        {
            op: "update",
            urn: urn("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "route"),
            oldState: route({ "ranking-v1-0-0": 90, "ranking-v1-1-0": 10 }),
            newState: route({ "ranking-v1-0-0": 75, "ranking-v1-1-0": 25 }),
            detailedDiff: { "spec.rules[1].backendRefs[0].weight": {} },
        },
        {
            op: "update",
            urn: urn("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "v1-1-0-autoscaler"),
            oldState: { inputs: { spec: { minReplicas: 1, maxReplicas: 10 } } },
            newState: { inputs: { spec: { minReplicas: 3, maxReplicas: 10 } } },
        },
    ],
    diagnostics: [],
    // Most resources that stay are in the summary alone.
    changeSummary: { same: 129, update: 2 },
});

describe("the comment on a pull request", () => {
    const commented = (shown: string) =>
        commentText({ stack: "prod", service: "video-ranking", keys: labelKeys, preview: readPreview(shown), stable, candidate });
    const text = commented(preview);

    it.each([
        ["begins with the mark by which it is found again", markerOf("prod")],
        ["shows the weights that users meet, and neither the testers' rule nor their own route", "| ranking-v1-1-0 | 10 | 25 |"],
        ["shows the pods", "| v1-1-0-autoscaler | 1 to 10 | 3 to 10 |"],
        ["shows what the candidate does differently", "| RANKING\\_MODEL | baseline | two-tower |"],
        ["says that nobody looked at the gate", "Gate: not evaluated."],
        ["says that nobody looked at the checklist", "Checklist: not evaluated."],
        ["folds the resources away", "3 resources change, 129 stay"],
    ])("%s", (_what, part) => {
        expect(text).toContain(part);
    });

    it("says that the profile has no checklist where it has none", () => {
        const parts = { keys: labelKeys, stack: "prod", service: "api", preview: readPreview(preview), stable, candidate };
        expect(commentText({ ...parts, openBoxes: "no-checklist" })).toContain("Checklist: the profile has none.");
    });

    it.each([
        { what: "hides all rules", rules: { spec: { rules: "[secret]" } } },
        { what: "hides the whole spec", rules: { spec: "[secret]" } },
    ])("shows the weights of the record where the provider $what with the testers' secret", ({ rules }) => {
        const hidden = (weightPercent: Weight) => ({
            inputs: {
                ...rules,
                metadata: {
                    annotations: encodeRecord({ kind: "rolling", stable: referenceTo(stable), candidate: referenceTo(candidate), weightPercent }, labelKeys),
                },
            },
        });
        const steps = [{ op: "update", urn: urn("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "route"), oldState: hidden(10), newState: hidden(25) }];
        expect(commented(JSON.stringify({ steps }))).toContain("| video-ranking-v1-0-0 | 90 | 75 |\n| video-ranking-v1-1-0 | 10 | 25 |");
    });

    it("says so where neither rules nor record can be read, in place of a table without weights", () => {
        const state = { inputs: { spec: { rules: "[secret]" }, metadata: { annotations: {} } } };
        const steps = [{ op: "update", urn: urn("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "route"), oldState: state, newState: state }];
        expect(commented(JSON.stringify({ steps }))).toContain("**The weights can't be read in the preview**");
    });

    it("leaves out settings that are the same", () => {
        expect(text).not.toContain("LOG");
    });

    it("folds away the boxes that are in the way, or says that there are none", () => {
        const withBoxes = (openBoxes: readonly string[]) =>
            commentText({ stack: "prod", service: "video-ranking", keys: labelKeys, preview: readPreview(preview), stable, candidate, openBoxes });
        expect(withBoxes(["war-room: The war room is open: operations-lead has not signed"])).toContain(
            "<summary>Checklist: 1 open before this step</summary>\n\n- war-room: The war room is open",
        );
        expect(withBoxes([])).toContain("Checklist: every box that this step needs holds.");
    });

    it("begins with the error when the preview failed", () => {
        const failed = readPreview(JSON.stringify({ steps: [], diagnostics: [{ severity: "error", message: "rollout refused: the rollout is at 10 %" }] }));
        expect(commentText({ stack: "prod", service: "video-ranking", keys: labelKeys, preview: failed, stable })).toContain(
            "**The preview failed.**\n\n> rollout refused: the rollout is at 10 %",
        );
    });

    it.each([
        { what: "nothing", shown: "", why: "wrote nothing" },
        { what: "an error", shown: "error: no stack selected", why: "error: no stack selected" },
        { what: "another object", shown: '{"steps": 3}', why: "is no preview" },
        { what: "text after the preview", shown: `${preview}\nwarning: a new version is there`, why: "a new version is there" },
        { what: "a preview that was cut off", shown: preview.slice(0, -40), why: "not a whole one" },
        { what: "two previews", shown: `${preview}\n${preview}`, why: "not a whole one" },
    ])("says that there is no preview where the engine wrote $what", ({ shown, why }) => {
        const reading = readPreview(shown);
        expect(reading.kind).toBe("unreadable");
        const said = commented(shown);
        expect(said.startsWith(`${markerOf("prod")}\n`)).toBe(true);
        expect(said).toContain("**There is no preview of this change**");
        expect(said).toContain(why);
        expect(said).not.toContain("Weights");
        expect(said).not.toContain("resource");
    });

    it("is made of a preview that has lines before it", () => {
        expect(commented(`Loading policy packs...\n${preview}`)).toBe(text);
    });

    it("says what is wrong where not even the stack could be read, under the same mark", () => {
        expect(failedCommentText("prod", "The stack config has 1 problem.\n  rolloutPercnt is not a known key")).toBe(
            `${markerOf("prod")}\n\n### Stack prod\n\n**There is no preview of this change**: The stack config has 1 problem. rolloutPercnt is not a known key`,
        );
    });

    describe("that would be too long for a forge", () => {
        const long = "x".repeat(40_000);
        const withConfig = (config: Readonly<Record<string, string>>) =>
            commentText({
                stack: "prod",
                service: "video-ranking",
                keys: labelKeys,
                preview: readPreview(preview),
                stable,
                candidate: { ...candidate, config },
            });

        it("cuts a value, and says how much is not shown", () => {
            const said = withConfig({ ...candidate.config, LIST: long });
            expect(said.length).toBeLessThan(10_000);
            expect(said).toContain("39,000 characters more");
        });

        it("leaves parts out, and says so, when many values are long", () => {
            const said = withConfig(Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`KEY${String(index)}`, long])));
            expect(said.length).toBeLessThan(65_536);
            expect(said).toMatch(/parts are left out here/);
            expect(said).toContain("| ranking-v1-1-0 | 10 | 25 |");
        });

        it("shows the first of many resources, and how many more there are", () => {
            const steps = Array.from({ length: 5_000 }, (_, index) => ({
                op: "create",
                urn: urn("kubernetes:core/v1:ConfigMap", `map-${String(index)}`),
                newState: { inputs: {} },
            }));
            const said = commented(JSON.stringify({ steps }));
            expect(said.length).toBeLessThan(65_536);
            expect(said).toContain("5000 resources change");
            expect(said).toContain("and 4900 more");
        });

        it("is never longer than a forge takes, whatever it is made of", () => {
            fc.assert(
                fc.property(fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 50 }), fc.nat(2_000)), { maxLength: 300 }), (settings) => {
                    expect(withConfig(Object.fromEntries(settings.map(([key, length]) => [key, "|".repeat(length)]))).length).toBeLessThan(65_536);
                }),
                { numRuns: 20 },
            );
        });
    });

    it("shows no secret that an error of the program holds", () => {
        const message = "connect postgres://admin:hunter2@db.example.com/ranking failed\nAuthorization: Bearer abcdefghijklmnop";
        const said = commented(JSON.stringify({ steps: [], diagnostics: [{ severity: "error", message }] }));
        expect(said).not.toMatch(/hunter2|abcdefghijklmnop/);
        expect(said).toContain("left out");
    });
});
