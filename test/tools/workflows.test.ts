import { execa } from "execa";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { toolPath } from "../../lab/toolchain/paths.ts";

const folder = join(import.meta.dirname, "../../.github/workflows");

describe.each(readdirSync(folder))("the workflow %s", (file) => {
    it("passes actionlint", async () => {
        const { stdout, exitCode } = await execa(toolPath("actionlint"), ["-no-color", "-oneline", join(folder, file)], { reject: false });
        expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 0 });
    });
});
