import * as kubernetes from "@kubernetes/client-node";
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { exitCode } from "../../rollout/cli/exit-code.ts";
import { programFile } from "../../rollout/cli/program.ts";
import { ledgerFilePath } from "../../rollout/ledger/live/file.ts";
import { type RolloutEnd, runRollout } from "../../lab/trial/rollout-process.ts";
import { TrialStack, nextRevision, succeeding } from "../helpers/engine.ts";

/** The ledger of a real rollout, which the program and the command line have written, and what is seen of tampering with it. */
describe("the ledger of a real rollout", () => {
    let stack: TrialStack;
    /** As a second machine has it: the project and the stack's file, and no copy of the ledger. */
    let elsewhere: string;
    const core = () => stack.live.client(kubernetes.CoreV1Api);
    const place = (sequence: number) => ({
        namespace: stack.live.namespace,
        name: `${stack.live.service}-ledger-${String(sequence).padStart(6, "0")}`,
    });
    const rollout = async (...args: readonly string[]): Promise<RolloutEnd> =>
        runRollout({ checkout: stack.checkout, environment: stack.environment, args: [...args, "--stack", stack.name] });
    const verification = async (...options: readonly string[]) => {
        const end = await rollout("ledger", "verify", ...options);
        return { exitCode: end.exitCode, ...verifySchema.parse(end.result) };
    };

    beforeAll(async () => {
        stack = await TrialStack.create("ledger");
        stack.configure({ candidate: nextRevision(stack.stable) });
        await succeeding(stack.up());
        stack.configure({ rolloutPercent: 10 });
        await succeeding(stack.up());
        expect((await rollout("rollback", "--no-reconcile", "--reason", "a rehearsal")).exitCode).toBe(exitCode.rolledBack);
        elsewhere = mkdtempSync(join(tmpdir(), "elsewhere-"));
        for (const file of [join(stack.checkout, "Pulumi.yaml"), stack.configFile]) {
            copyFileSync(file, join(elsewhere, basename(file)));
        }
        // Another checkout would have the whole program.
        const program = pathToFileURL(join(stack.checkout, programFile)).href;
        writeFileSync(join(elsewhere, programFile), `export { default } from ${JSON.stringify(program)};\n`);
    });
    afterAll(async () => {
        await stack.remove();
        rmSync(elsewhere, { recursive: true, force: true });
    });

    it("is whole, and says what happened in order", async () => {
        expect(await verification()).toMatchObject({ exitCode: exitCode.done, intact: true, findings: [] });
        const { records } = showSchema.parse((await rollout("ledger", "show")).result);
        expect(records.map(({ kind }) => kind)).toEqual(["entered", "entered", "rolled-back"]);
        expect(records.at(-1)?.text).toBe("a rehearsal");
    });

    it("is read whole where there is no copy of it, and has one there then", async () => {
        expect(existsSync(ledgerFilePath(elsewhere, stack.name))).toBe(false);
        expect(await verification("--cwd", elsewhere)).toMatchObject({ exitCode: exitCode.done, intact: true, records: 3 });
        expect(existsSync(ledgerFilePath(elsewhere, stack.name))).toBe(true);
    });

    it("shows a record that was deleted and made again with another text, here and elsewhere", async () => {
        const object = await core().readNamespacedConfigMap(place(3));
        await replaced(object, (text) => text.replaceAll("a rehearsal", "a good release"));
        for (const options of [[], ["--cwd", elsewhere]]) {
            const found = await verification(...options);
            expect(found).toMatchObject({ exitCode: exitCode.error, intact: false });
            expect(found.findings.map(({ kind, sequence }) => `${kind} ${String(sequence)}`)).toContain("changed 3");
        }
        await replaced(object, (text) => text);
        expect(await verification()).toMatchObject({ exitCode: exitCode.done, intact: true });
    });

    it("shows an end that was cut off to who has a copy, or noted the head", async () => {
        const { head } = await verification();
        const object = await core().readNamespacedConfigMap(place(3));
        await core().deleteNamespacedConfigMap(place(3));
        expect((await verification()).findings.map(({ kind, sequence }) => `${kind} ${String(sequence)}`)).toEqual(["cut-off 3"]);
        rmSync(ledgerFilePath(elsewhere, stack.name));
        expect(await verification("--cwd", elsewhere, "--head", `${String(head?.sequence)}@${String(head?.hash)}`)).toMatchObject({
            exitCode: exitCode.error,
            findings: [{ kind: "cut-off", sequence: 3 }],
        });
        await replaced(object, (text) => text);
    });

    /** Deletes a record's object and makes it again with another text: the API server lets nobody change it. */
    async function replaced(object: kubernetes.V1ConfigMap, edit: (text: string) => string): Promise<void> {
        const { namespace, name } = place(3);
        await core()
            .deleteNamespacedConfigMap({ namespace, name })
            .catch(() => undefined);
        const body = Object.assign(new kubernetes.V1ConfigMap(), {
            metadata: Object.assign(new kubernetes.V1ObjectMeta(), { name, labels: object.metadata?.labels ?? {} }),
            immutable: true,
            data: { record: edit(object.data?.record ?? "") },
        });
        await core().createNamespacedConfigMap({ namespace, body });
    }
});

const verifySchema = z.object({
    intact: z.boolean(),
    findings: z.array(z.object({ kind: z.string(), sequence: z.number() })),
    records: z.number(),
    head: z.object({ sequence: z.number(), hash: z.string() }).optional(),
});
const showSchema = z.object({ records: z.array(z.object({ kind: z.string(), text: z.string() })) });
