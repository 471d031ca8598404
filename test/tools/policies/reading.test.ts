import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { toolPath } from "../../../lab/toolchain/paths.ts";
import { oddDocuments } from "../../policies/reading/odd-documents.ts";

const printed = z.looseObject({ data: z.unknown() });

/** The lab's kubectl reads a text by itself, without a server: `label --local` prints the objects as they were read. */
async function readByKubectl(text: string): Promise<{ readonly data: readonly unknown[]; readonly fails: boolean }> {
    const { stdout, exitCode } = await execa(toolPath("kubectl"), ["label", "--local", "-f", "-", "-o", "json", "none-"], {
        input: text,
        reject: false,
        env: { KUBECONFIG: "/dev/null" },
    });
    const objects = stdout.split(/^(?=\{)/m).filter((object) => object.trim() !== "");
    return { data: objects.map((object) => printed.parse(JSON.parse(object)).data), fails: exitCode !== 0 };
}

describe("the record of what kubectl reads", () => {
    it.each(oddDocuments)("is right: $title", async ({ text, kubectl, fails }) => {
        const read = await readByKubectl(text);
        expect(read.data.map((data) => data ?? null)).toEqual(kubectl.map((data) => data ?? null));
        expect(read.fails).toBe(fails === true);
    });
});
