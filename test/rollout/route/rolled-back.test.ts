import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type RolledBackMarks, addMark, markOf, readMarks, removeMark } from "../../../rollout/route/rolled-back.ts";
import { revision } from "../arbitraries.ts";

const anyMark = fc.record({ revision: fc.constantFrom("v1", "v2", "v3", "v4").map((name) => revision(name)), reason: fc.string() });

/** The text after rolling back each in turn. */
function after(marks: readonly { readonly revision: ReturnType<typeof revision>; readonly reason: string }[]): string | undefined {
    return marks.reduce<string | undefined>((text, mark) => addMark(text, mark), undefined);
}

function readable(marks: RolledBackMarks): Exclude<RolledBackMarks, "unreadable"> {
    expect(marks).not.toBe("unreadable");
    return marks === "unreadable" ? [] : marks;
}

describe("the marks of revisions that were rolled back", () => {
    it("are none on a route that has no such annotation", () => {
        expect(readMarks(undefined)).toEqual([]);
        expect(readMarks("  \n ")).toEqual([]);
    });

    it("name revision and reason, one line each, for people to read", () => {
        const text = addMark(addMark(undefined, { revision: revision("v2"), reason: "errors 6 %" }), { revision: revision("v3"), reason: "p95 1.2 s" });
        expect(text).toBe(`v2@${revision("v2").digest} errors 6 %\nv3@${revision("v3").digest} p95 1.2 s`);
        expect(readMarks(text)).toEqual([
            { revision: revision("v2"), reason: "errors 6 %" },
            { revision: revision("v3"), reason: "p95 1.2 s" },
        ]);
    });

    it("are kept whatever the reasons hold, one for each revision", () => {
        fc.assert(
            fc.property(fc.array(anyMark, { minLength: 1 }), (marks) => {
                const read = readable(readMarks(after(marks)));
                expect(new Set(read.map(({ revision: { digest } }) => digest))).toEqual(new Set(marks.map(({ revision: { digest } }) => digest)));
                expect(read.length).toBe(new Set(read.map(({ revision: { digest } }) => digest)).size);
            }),
        );
    });

    it("lose the one that is taken away, and no other", () => {
        fc.assert(
            fc.property(fc.array(anyMark, { minLength: 1 }), (marks) => {
                const text = after(marks) ?? "";
                const left = readable(readMarks(removeMark(text, revision("v2"))));
                expect(left).toEqual(readable(readMarks(text)).filter((mark) => mark.revision.name !== "v2"));
            }),
        );
    });

    it("know the same content under another name", () => {
        const marks = readable(readMarks(addMark(undefined, { revision: revision("v2"), reason: "errors" })));
        expect(markOf(marks, revision("v2-again", "v2"))?.revision.name).toBe("v2");
        expect(markOf(marks, revision("v2", "fixed"))).toBeUndefined();
    });

    it.each(["v2", "by hand", `v2@sha256:abc errors`, `v2@${revision("v2").digest} errors\nsomething`, 7, null, {}])(
        "can't be read when the text is %j",
        (text) => {
            expect(readMarks(text)).toBe("unreadable");
        },
    );

    it("stay unreadable when one is added, and are readable once that is taken away", () => {
        const text = addMark("by hand", { revision: revision("v2"), reason: "errors" });
        expect(readMarks(text)).toBe("unreadable");
        expect(removeMark(text, revision("v2"))).toBeUndefined();
    });

    it("hold a long reason in short, and say so when there is none", () => {
        const marks = readable(
            readMarks(addMark(addMark(undefined, { revision: revision("v2"), reason: "x".repeat(5_000) }), { revision: revision("v3"), reason: " \n" })),
        );
        expect(marks.map(({ reason }) => reason.length)).toEqual([300, "no reason given".length]);
    });
});
