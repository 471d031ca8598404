import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { labEnvironment, labLayout, readLabState } from "../../lab/api.ts";
import { ambiguousValues } from "../../rollout/settings/ambiguous.ts";
import { fieldsIn } from "../../rollout/settings/fields.ts";
import { readWritten, writtenValues } from "../../rollout/settings/written.ts";

const fields = fieldsIn(z.object({ stable: z.object({ config: z.record(z.string(), z.string()) }) }));

/** The engine's own reader beside the one of the program and of `rollout`. */
describe("a value that the program lets through", () => {
    let folder: string;
    let environment: Readonly<Record<string, string>>;

    beforeAll(async () => {
        const state = readLabState();
        if (state === undefined) {
            throw new Error("the lab is not up: start it with 'make lab-up'");
        }
        folder = await mkdtemp(join(tmpdir(), "config-readers-"));
        environment = { ...labEnvironment(labLayout(), state), PULUMI_BACKEND_URL: `file://${folder}` };
        await writeFile(join(folder, "Pulumi.yaml"), "name: service\nruntime: nodejs\n");
        await execa("pulumi", ["stack", "init", "odd", "--non-interactive"], { cwd: folder, extendEnv: false, env: environment });
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it("is the same for the engine, whatever it looks like", async () => {
        const digits = fc.stringMatching(/^[-+.:_\dxobeEfFnNyYtTzZ~]{1,10}$/);
        const words = fc.constantFrom(
            ..."yes no on off y n true false True NO null Null NULL ~ .inf .nan 0755 1.10 1e3 0x1F 2026-01-01 1:30 1_000 v1.0 10.0.0.1 = - : ? & * ! | > % @".split(
                " ",
            ),
        );
        const plain = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ./@%-]{0,12}[A-Za-z0-9]$/);
        const values = fc.sample(fc.oneof(digits, words, plain), { numRuns: 1_500, seed: 16 });
        // Each alone, so that one that is no YAML takes no other with it.
        const passed = [...new Set(values)].filter((value) => {
            try {
                return ambiguousValues(readWritten(fileWith([value])), fields).length === 0;
            } catch {
                return false;
            }
        });
        expect(passed.length).toBeGreaterThan(300);
        const { text } = fileWith(passed);
        expect(await readByEngine(text)).toEqual(writtenValues(readWritten(fileWith(passed))).stable);
    });

    it("is the same in quotes, also where it is refused without", async () => {
        const odd = ["0755", "1.10", "yes", "2026-01-01", "123456789012345678901", "1e3", "~", "0x1F", "1:30"];
        expect(await readByEngine(fileWith(odd.map((value) => JSON.stringify(value))).text)).toEqual({
            config: Object.fromEntries(odd.map((value, index) => [`K${String(index)}`, value])),
        });
    });

    /** The value of `stable`, as the engine hands it to the program. */
    async function readByEngine(text: string): Promise<unknown> {
        await writeFile(join(folder, "Pulumi.odd.yaml"), text);
        const { stdout } = await execa("pulumi", ["config", "--json", "--stack", "odd", "--non-interactive"], {
            cwd: folder,
            extendEnv: false,
            env: environment,
        });
        return z.object({ "service:stable": z.object({ objectValue: z.unknown() }) }).parse(JSON.parse(stdout))["service:stable"].objectValue;
    }
});

function fileWith(values: readonly string[]): { readonly path: string; readonly text: string; readonly project: string } {
    const lines = values.map((value, index) => `      K${String(index)}: ${value}\n`);
    return { path: "Pulumi.odd.yaml", text: `config:\n  service:stable:\n    config:\n${lines.join("")}`, project: "service" };
}
