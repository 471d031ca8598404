import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { suspectedSecrets, withoutSecrets } from "../../../rollout/ledger/redaction.ts";
import { drafts } from "./arbitraries.ts";

const mark = "x".repeat(24);

describe("what looks like a secret", () => {
    it.each([
        { looksLike: "a private key", text: "-----BEGIN RSA PRIVATE KEY-----\nMII" },
        { looksLike: "a JSON web token", text: `eyJ${mark}.${mark}.${mark}` },
        { looksLike: "credentials in an address", text: "postgresql://owner:pass-word@db.example.com/ranking" },
        { looksLike: "credentials in an address", text: "redis://:pass-word@cache.example.com" },
        { looksLike: "an authorization header", text: `Authorization: Bearer ${mark}` },
        { looksLike: "a password or token", text: "psql failed with password=hunter22" },
        { looksLike: "a password or token", text: 'said {"token": "abcdef"}' },
        { looksLike: "an access key of a cloud", text: "key AKIAABCDEFGHIJKLMNOP was used" },
        { looksLike: "a token of a code forge", text: `ghp_${mark}` },
        { looksLike: "a token of a code forge", text: `glpat-${mark}` },
        { looksLike: "a token of a chat", text: `xoxb-${mark}` },
        { looksLike: "the address of a chat's webhook", text: "https://hooks.slack.com/services/T000/B000/abcdefgh" },
        { looksLike: "a token of Pulumi", text: `pul-${"0".repeat(40)}` },
        { looksLike: "an encrypted secret", text: "v1:4vUw31LmX8vaSyWM:0/M3x1V7hOndS4rUlCZVZPpddO8Ysn3i" },
    ])("is found in text: $looksLike", ({ looksLike, text }) => {
        expect(suspectedSecrets({ evidence: { notes: ["fine", text] } })).toEqual([{ path: "evidence.notes.1", looksLike }]);
        const clean = withoutSecrets(`before ${text}`);
        expect(clean).toMatch(/^before /);
        expect(suspectedSecrets(clean)).toEqual([]);
    });

    it.each(["password", "Token", "api_key", "privateKey", "authorization"])("is found under the key '%s', whatever it looks like", (key) => {
        expect(suspectedSecrets({ config: { [key]: "short" } })).toEqual([{ path: `config.${key}`, looksLike: "the value of a secret key" }]);
    });

    it("is found in a key too", () => {
        expect(suspectedSecrets({ [`ghp_${mark}`]: 1 })).toMatchObject([{ looksLike: "a token of a code forge" }]);
    });

    it("is none of what records are made of", () => {
        expect(drafts.flatMap((draft) => suspectedSecrets(draft))).toEqual([]);
        expect(suspectedSecrets({ text: "the secret store was down; tokens expired; see https://wiki.example.com/runbook: step 2", password: "" })).toEqual([]);
    });

    it("is left out of text, and the rest stays", () => {
        expect(withoutSecrets("psql failed with password=hunter22, and redis with token: abcd1234 too")).toBe(
            "psql failed with (left out) and redis with (left out) too",
        );
        expect(withoutSecrets("key:\n-----BEGIN PRIVATE KEY-----\nMIIabc\nMIIdef")).toBe("key:\n(left out)");
        expect(withoutSecrets("errors 0.62 % of 5,210 requests")).toBe("errors 0.62 % of 5,210 requests");
    });

    it("is in no text that it was left out of, whatever stands around it", () => {
        const part = fc.oneof(
            fc.string({ maxLength: 8 }),
            fc.constantFrom("password=", "token:", "bearer ", " ", `ghp_${mark}`, "://a:b@", "hunter22", `eyJ${mark}.${mark}.`),
        );
        fc.assert(
            fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
                expect(suspectedSecrets(withoutSecrets(parts.join("")))).toEqual([]);
            }),
        );
    });
});
