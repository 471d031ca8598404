import { describe, expect, it } from "vitest";
import { z } from "zod";

import { type Box, type Checklist, alert, approved, attested, check, event, gate, policy } from "../../../rollout/checklist/box.ts";
import { defineProfile } from "../../../rollout/profile/profile.ts";
import { profileSchema } from "../../../rollout/profile/schema.ts";
import { profile } from "../../../service/profile.ts";

const box = (change: Partial<Box> = {}): Box => ({
    id: "read-the-log",
    section: "Before",
    phase: "before",
    text: "The log was read",
    establishedBy: attested("tech-lead"),
    blocks: 10,
    ...change,
});
const withBoxes = (...checklist: Checklist) => ({ ...profile, checklist });

describe("the checklist of a profile", () => {
    it("is a list of boxes, of any service and in any words", () => {
        const boxes = [box(), box({ id: "quiet", establishedBy: gate(10, "canary-error-ratio"), blocks: 25 })];
        expect(defineProfile(withBoxes(...boxes)).checklist).toEqual(boxes);
    });

    it.each<{ readonly what: string; readonly boxes: Checklist; readonly says: string }>([
        { what: "no boxes", boxes: [], says: "checklist = []: a checklist without boxes asks nothing and looks as if it did; add a box, or leave" },
        { what: "an id twice", boxes: [box(), box()], says: "checklist has two boxes 'read-the-log'; give each its own id" },
        { what: "an id that is no word", boxes: [box({ id: "Read the log" })], says: "checklist[0].id = 'Read the log': use lower-case letters" },
        {
            what: "the id of a criterion",
            boxes: [box({ id: "canary-error-ratio" })],
            says: "box 'canary-error-ratio' has the id of a condition or criterion that it does not read",
        },
        { what: "an id that overrides use", boxes: [box({ id: "soak" })], says: "box 'soak' has the id of a condition or criterion that it does not read" },
        { what: "a phase that is no word", boxes: [box({ phase: "" })], says: "box 'read-the-log'.phase = '': use lower-case letters" },
        { what: "no text", boxes: [box({ text: " " })], says: "box 'read-the-log'.text is empty: say in words what must hold" },
        { what: "no heading", boxes: [box({ section: "" })], says: "box 'read-the-log'.section is empty: name the heading" },
        {
            what: "a step that the plan lacks",
            boxes: [box({ blocks: 33 })],
            says: `.blocks = 33 %, which is no step to enter; use one of 10, 25, 50, 100, "finished", or "never"`,
        },
        { what: "the dark step, which nothing enters", boxes: [box({ blocks: 0 })], says: ".blocks = 0 %, which is no step to enter" },
        {
            what: "a criterion that nothing judges",
            boxes: [box({ establishedBy: gate(10, "error-budget"), blocks: 25 })],
            says: ".establishedBy.criteria names 'error-budget', which nothing judges at 10 %; use one of canary-error-ratio,",
        },
        {
            what: "a criterion of another step",
            boxes: [box({ establishedBy: gate(25, "canary-error-ratio"), blocks: 50 })],
            says: "names 'canary-error-ratio', which nothing judges at 25 %",
        },
        {
            what: "a step's criterion among the success criteria",
            boxes: [box({ establishedBy: gate("success", "canary-error-ratio"), blocks: "never" })],
            says: "names 'canary-error-ratio', which nothing judges of a finished rollout",
        },
        {
            what: "a weight that is judged nowhere",
            boxes: [box({ establishedBy: gate(5, "a"), blocks: 25 })],
            says: ".establishedBy.of = 5, which is no weight of the plan",
        },
        {
            what: "a criterion of no step",
            boxes: [box({ establishedBy: { kind: "gate", of: 0, criteria: [] } })],
            says: ".criteria = []: a box that reads no criterion",
        },
        {
            what: "an event at a weight that is none",
            boxes: [box({ establishedBy: event({ kind: "entered", weightPercent: 5 }) })],
            says: "event entered is of 5 %, which is no weight",
        },
        {
            what: "incidents since a weight that is none",
            boxes: [box({ establishedBy: event({ kind: "incidents-recorded", since: 5 }) })],
            says: "event incidents-recorded is of 5 %",
        },
        {
            what: "a role that is none",
            boxes: [box({ establishedBy: attested("boss") })],
            says: ".establishedBy.role = 'boss', which is no role of the plan; use one of tech-lead,",
        },
        {
            what: "an approval that the plan does not ask for",
            boxes: [box({ establishedBy: approved("security-review", 100), blocks: 100 })],
            says: ".establishedBy.approves = 100 %, which the plan does not let 'security-review' approve",
        },
        {
            what: "an approval of no step",
            boxes: [box({ establishedBy: approved("tech-lead", 33) })],
            says: ".establishedBy.approves = 33 %, which is no step to enter",
        },
        {
            what: "a rule without a name",
            boxes: [box({ establishedBy: policy("", "kubernetes:core/v1:Secret") })],
            says: ".establishedBy.rule is empty: give the name of a policy",
        },
        { what: "an alert without a name", boxes: [box({ establishedBy: alert("") })], says: ".establishedBy.alert is empty: give the name of an alert" },
    ])("is refused with $what, by box, value and fix", ({ boxes, says }) => {
        expect(() => defineProfile(withBoxes(...boxes))).toThrow(says);
    });

    it.each([
        ["the gate of the step itself", gate(25, "quarter-error-ratio"), 25],
        ["the gate of a later step", gate(50, "half-error-ratio"), 25],
        ["the success criteria", gate("success", "success-error-ratio"), "finished"],
        ["a rollback", event({ kind: "rolled-back" }), 10],
        ["that the step was entered", event({ kind: "entered", weightPercent: 25 }), 25],
        ["the finish", event({ kind: "finished" }), "finished"],
        ["a review", event({ kind: "checkpoint", hours: 24 }), "finished"],
        ["an approval of a later step", approved("tech-lead", 100), 50],
    ] as const)("is refused where a step would wait for what comes after it: %s", (_, establishedBy, blocks) => {
        expect(() => defineProfile(withBoxes(box({ establishedBy, blocks })))).toThrow("can only hold after it, so that the step could never be taken");
    });

    it("is told of everything that is wrong with it at once, with what else is wrong with the profile", () => {
        const [, ...criteria] = profile.criteria;
        const wrong = { ...withBoxes(box({ phase: "" }), box({ id: "other", blocks: 33 })), criteria };
        expect(() => defineProfile(wrong)).toThrow(/criteria has no entry for 0 %[^]*'read-the-log'\.phase[^]*'other'\.blocks/);
    });

    it("is read from the watchdog's JSON as it was written, and refused with a key or a check that the library does not know", () => {
        const written = withBoxes(
            box({ establishedBy: check("kafka") }),
            box({ id: "heard", establishedBy: event({ kind: "told", message: "start" }), blocks: 25 }),
        );
        const json = z.looseObject({ checklist: z.array(z.looseObject({})) }).parse(JSON.parse(JSON.stringify(written)));
        expect(profileSchema.parse(json)).toEqual(written);
        const [first = {}] = json.checklist;
        expect(profileSchema.safeParse({ ...json, checklist: [{ ...first, ticked: true }] }).error?.message).toContain("ticked");
        expect(profileSchema.safeParse({ ...json, checklist: [{ ...first, establishedBy: { kind: "check", check: "moon" } }] }).success).toBe(false);
        expect(profileSchema.safeParse({ ...json, checklist: [{ ...first, blocks: 33 }] }).error?.message).toContain("no step to enter");
    });
});
