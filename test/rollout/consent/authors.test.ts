import { describe, expect, it } from "vitest";

import { changeAuthors } from "../../../rollout/consent/authors.ts";

const question = { variable: "NOVA_CHANGE_AUTHOR", told: undefined, identities: { octocat: "octocat@example.com", ann: "ann@example.com" }, required: true };

describe("who made a change", () => {
    it("is everybody whom the forge names, and everybody whom the pipeline adds", () => {
        const forge = { kind: "known", logins: ["octocat"] } as const;
        expect(changeAuthors({ ...question, forge, told: "ann" })).toEqual({ kind: "known", identities: ["ann@example.com", "octocat@example.com"] });
    });

    it("is unknown where the forge can't say it, whatever the pipeline says", () => {
        const forge = { kind: "unknown", reason: "api.github.com answers 403" } as const;
        expect(changeAuthors({ ...question, forge, told: "ann" })).toEqual(forge);
    });

    it("is at least whom the pipeline names, where identities need not be verified", () => {
        const forge = { kind: "unknown", reason: "api.github.com answers 403" } as const;
        expect(changeAuthors({ ...question, forge, told: "ann", required: false })).toEqual({ kind: "known", identities: ["ann@example.com"] });
        expect(changeAuthors({ ...question, forge, required: false })).toEqual(forge);
    });

    it("is unknown where a login of the forge has no identity", () => {
        const forge = { kind: "known", logins: ["octocat", "stranger"] } as const;
        expect(changeAuthors({ ...question, forge })).toMatchObject({
            kind: "unknown",
            reason: expect.stringContaining("add stranger to approvals.identities") as string,
        });
    });

    it("is unknown where nobody is named", () => {
        expect(changeAuthors({ ...question, forge: { kind: "known", logins: [] } })).toEqual({ kind: "unknown", reason: "set NOVA_CHANGE_AUTHOR" });
    });
});
