import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { engineFlags } from "../helpers/engine-flags.ts";

describe("docs/engine-flags.md", () => {
    it("has a row for each flag that is tested, and no other", () => {
        const rows = [...readFileSync("docs/engine-flags.md", "utf8").matchAll(/^\| ([^|]+) \| `pulumi ([^`]+)` \|/gm)].map(
            ([, config, command]) => `${config ?? ""}: ${command ?? ""}`,
        );
        expect(rows).toEqual(engineFlags.map(({ config = "as deployed", command }) => `${config}: ${command}`));
    });
});
