import { execa } from "execa";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { TrialStack, nextRevision, succeeding } from "../../helpers/engine.ts";

/**
 * A secrets provider that refuses to decrypt for the identity of a pull request: a stand-in for the transit API of Vault, which decrypts for one token and lets the other only encrypt.
 *
 * @see https://developer.hashicorp.com/vault/api-docs/secret/transit
 */
describe("a stack whose secrets only the deployer may decrypt", () => {
    let stack: TrialStack;
    let address = "";
    const refused: string[] = [];
    const bodySchema = z.object({ plaintext: z.string().default(""), ciphertext: z.string().default("") });
    const vault = createServer((request, response) => {
        void json(request).then((body) => {
            const { plaintext, ciphertext } = bodySchema.parse(body);
            const token = String(request.headers["x-vault-token"]);
            const [, operation = ""] = /\/transit\/(encrypt|decrypt)\/rollout$/.exec(request.url ?? "") ?? [];
            const allowed = operation === "encrypt" || (operation === "decrypt" && token === "deployer");
            if (!allowed) {
                refused.push(`${operation} ${token}`);
            }
            const data = operation === "encrypt" ? { ciphertext: `vault:v1:${plaintext}` } : { plaintext: ciphertext.replace("vault:v1:", "") };
            response.writeHead(allowed ? 200 : 403, { "content-type": "application/json" });
            response.end(JSON.stringify(allowed ? { data } : { errors: ["permission denied"] }));
        });
    });
    const as = (token: string) => ({ ...stack.environment, VAULT_ADDR: address, VAULT_TOKEN: token });
    const pulumi = async (args: readonly string[], token: string) =>
        execa("pulumi", [...args, "--stack", stack.name, "--non-interactive"], {
            cwd: stack.checkout,
            extendEnv: false,
            env: as(token),
            all: true,
            reject: false,
        });

    beforeAll(async () => {
        await new Promise<void>((resolve) => vault.listen(0, "127.0.0.1", resolve));
        address = `http://127.0.0.1:${String((vault.address() as AddressInfo).port)}`;
        stack = await TrialStack.create("secrets-provider");
        stack.configure({ candidate: nextRevision(stack.stable) });
        await succeeding(stack.up());
        const changed = await pulumi(["stack", "change-secrets-provider", "hashivault://rollout"], "deployer");
        expect(changed.exitCode, changed.all).toBe(0);
        stack.configure({ rolloutPercent: 10 });
    });
    afterAll(async () => {
        await pulumi(["stack", "change-secrets-provider", "passphrase"], "deployer");
        await stack.remove();
        await new Promise((resolve) => vault.close(resolve));
    });

    it("is previewed by the engine for the deployer, and for no other", async () => {
        expect((await pulumi(["preview"], "deployer")).exitCode).toBe(0);
        const { exitCode, all } = await pulumi(["preview"], "pull-request");
        expect(exitCode).not.toBe(0);
        expect(all).toContain("permission denied");
        expect(refused).toContain("decrypt pull-request");
        expect((await pulumi(["stack", "export", "--show-secrets"], "pull-request")).exitCode).not.toBe(0);
    });

    it("is previewed without a secret for a pull request: the step as it is, and nothing decrypted", async () => {
        refused.length = 0;
        const environment = Object.fromEntries(Object.entries(as("pull-request")).filter(([name]) => name !== "PULUMI_CONFIG_PASSPHRASE"));
        const { stdout, exitCode, stderr } = await execa(process.execPath, ["rollout/cli/index.ts", "preview", "--stack", stack.name], {
            cwd: stack.checkout,
            extendEnv: false,
            env: environment,
            reject: false,
        });
        expect(exitCode, stderr).toBe(0);
        expect(refused).toEqual([]);
        const { steps } = z
            .object({ steps: z.array(z.object({ op: z.string(), urn: z.string(), detailedDiff: z.record(z.string(), z.unknown()).nullish() })) })
            .parse(JSON.parse(stdout));
        const route = steps.find(({ urn }) => urn.includes("$kubernetes:gateway.networking.k8s.io/v1:HTTPRoute::"));
        expect(Object.keys(route?.detailedDiff ?? {}).some((field) => field.includes("rollout-percent"))).toBe(true);
        expect(stdout).not.toContain("vault:v1:");
    });
});
