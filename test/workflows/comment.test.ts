import { execa } from "execa";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { markerOf } from "../../rollout/cli/comment/text.ts";

const script = join(import.meta.dirname, "../../.github/comment.sh");
const mark = markerOf("prod");

describe("the comment of a pipeline", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "comment-"));
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    /** Runs the script with a gh that has these comments, and says what it was asked to write. The filter is jq's own where jq is there; here, the test does what it says. */
    async function posted(comments: readonly { readonly id: number; readonly type: string; readonly body: string }[], text = `${mark}\n\nnew`, written = true) {
        const file = join(folder, "comment.md");
        if (written) {
            writeFileSync(file, text);
        }
        writeFileSync(join(folder, "comments.json"), JSON.stringify(comments));
        const gh = join(folder, "gh");
        writeFileSync(
            gh,
            `#!${process.execPath}
const { appendFileSync, readFileSync } = require("node:fs");
const args = process.argv.slice(2);
if (args.includes("--jq")) {
    const all = JSON.parse(readFileSync("${folder}/comments.json", "utf8"));
    const found = all.filter(({ type, body }) => type === "Bot" && body.split("\\n")[0].replace(/\\r$/, "") === process.env.MARK);
    process.stdout.write(found.map(({ id }) => id + "\\n").join(""));
} else {
    appendFileSync("${folder}/asked", args.join(" ") + "\\n");
}
`,
        );
        chmodSync(gh, 0o755);
        const { exitCode } = await execa(script, [file], {
            env: { PATH: `${folder}:${process.env.PATH ?? ""}`, GITHUB_REPOSITORY: "nova/ranking", PULL_REQUEST: "7", STACK: "prod" },
            extendEnv: false,
            reject: false,
        });
        let asked = "";
        try {
            asked = readFileSync(join(folder, "asked"), "utf8").trim();
        } catch {
            // It asked for nothing.
        }
        return { exitCode, asked: asked.replaceAll(folder, "") };
    }

    it("is made where there is none", async () => {
        expect(await posted([])).toEqual({ exitCode: 0, asked: "api --method POST repos/nova/ranking/issues/7/comments --field body=@/comment.md --silent" });
    });

    it("takes the place of the one with its mark, wherever that is among the others", async () => {
        const others = [
            { id: 1, type: "Bot", body: "something else" },
            { id: 2, type: "Bot", body: `${mark}\r\n\nold` },
            { id: 3, type: "Bot", body: `${markerOf("staging")}\n\nof another stack` },
            { id: 4, type: "Bot", body: `I quote:\n${mark}` },
            { id: 5, type: "User", body: `${mark}\n\nforged` },
        ];
        expect(await posted(others)).toEqual({
            exitCode: 0,
            asked: "api --method PATCH repos/nova/ranking/issues/comments/2 --field body=@/comment.md --silent",
        });
    });

    it("says that there is no preview where the job wrote none, in place of an earlier one", async () => {
        const found = await posted([{ id: 2, type: "Bot", body: `${mark}\n\nold` }], "", false);
        expect(found).toEqual({ exitCode: 0, asked: "api --method PATCH repos/nova/ranking/issues/comments/2 --field body=@/comment.md --silent" });
        expect(readFileSync(join(folder, "comment.md"), "utf8")).toContain("There is no preview of this change");
    });

    it("is not sent without its mark: it could not be found again", async () => {
        expect(await posted([], "new")).toEqual({ exitCode: 2, asked: "" });
    });
});
