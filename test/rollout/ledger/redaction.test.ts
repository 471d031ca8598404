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
        { looksLike: "a private key", text: `client-certificate: LS0tLS1CRUdJTi${mark}==` },
        { looksLike: "credentials in an address", text: "https://user:pa/ss?word@registry.example.com/path" },
        { looksLike: "a cookie", text: "Cookie: session=abcdef0123; other=1" },
        { looksLike: "a password or token", text: "aws_secret_access_key = abcdefgh" },
        { looksLike: "a password or token", text: "AccountKey=abcd/efgh==" },
        { looksLike: "a password or token", text: "DB_PASS=hunter22" },
        { looksLike: "a password or token", text: "mysql --password hunter22" },
        { looksLike: "a password or token", text: "redis-cli --pass hunter22" },
        { looksLike: "a password or token", text: "redis-server --requirepass hunter22" },
        { looksLike: "a password or token", text: "ALTER USER owner WITH PASSWORD 'hunter22'" },
        { looksLike: "a secret key of a cloud", text: "used wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY here" },
        { looksLike: "an access key of a cloud", text: `AIza${mark}${"y".repeat(11)}` },
        { looksLike: "a token of a package registry", text: `npm_${mark}${mark}` },
        { looksLike: "a key of a payment service", text: `sk_live_${mark}` },
        { looksLike: "the address of a chat's webhook", text: `https://example.webhook.office.com/webhookb2/${mark}` },
        { looksLike: "the address of a chat's webhook", text: `https://discord.com/api/webhooks/123456789/${mark}` },
        { looksLike: "a token of a vault", text: `hvs.${mark}` },
        { looksLike: "an encrypted secret", text: "v1:4vUw31LmX8vaSyWM:0/M3x1V7hOndS4rUlCZVZPpddO8Ysn3i" },
    ])("is found in text: $looksLike", ({ looksLike, text }) => {
        expect(suspectedSecrets({ evidence: { notes: ["fine", text] } })).toEqual([{ path: "evidence.notes.1", looksLike }]);
        const clean = withoutSecrets(`before ${text}`);
        expect(clean).toMatch(/^before /);
        expect(suspectedSecrets(clean)).toEqual([]);
    });

    // The word stands for the secret in each.
    const secret = "hunter22hunter33hunter44";
    it.each([
        `Authorization: Basic ${secret}`,
        "authorization: Basic aHVudGVyMjI=",
        `authorization: token ${secret}`,
        `Authorization: AWS4-HMAC-SHA256 Credential=A/b, Signature=${secret}`,
        `Proxy-Authorization: Digest username="a", response="${secret}"`,
        `AWS_SESSION_TOKEN ${secret}`,
        `session IQoJ${secret}`,
        `-----BEGIN PGP PRIVATE KEY BLOCK----- ${secret}`,
        `-----BEGIN PRIVATE KEY-----${secret}-----END PRIVATE KEY-----`,
        `Private-Lines: 14 ${secret}`,
        `Server=db;User Id=sa;Password='p;w ${secret}';Encrypt=true`,
        `Server=db;Pwd="a b;${secret}"`,
        `host=db password='it''s ${secret}' dbname=x`,
        `{\\"token\\":\\"${secret}\\"}`,
        `{"auth": "${secret}"}`,
        `<password>${secret}</password>`,
        `_auth=${secret}`,
        `REDISCLI_AUTH=${secret}`,
        `SECRET_KEY_BASE=${secret}`,
        `routing_key: ${secret}`,
        `signing key: ${secret}`,
        `the passphrase is ${secret}`,
        `mysql -uroot -p${secret} db`,
        `mysql -u root -p ${secret}`,
        `sshpass -p ${secret} ssh host`,
        `docker login -u a -p ${secret}`,
        `redis-cli -h host -a ${secret} ping`,
        `curl -u user:${secret} https://example.com`,
        `curl --user user:${secret} https://example.com`,
        `tool --token=${secret}`,
        `tool --auth ${secret}`,
        `tool --key ${secret}`,
        `https://${secret}@git.example.com/x`,
        `postgres://u:p@ss/${secret}@db/x`,
        `jdbc:oracle:thin:scott/${secret}@db:1521`,
        `https://a.blob.example.com/c?sv=2022&sig=${secret}`,
        `https://s3.example.com/x?X-Amz-Signature=${secret}`,
        `https://chat.example.com/hooks/${secret}`,
        `https://api.telegram.org/bot123456789:${secret}hunter/send`,
        `glrt-${secret}`,
        `glcbt-64_${secret}`,
        `dckr_oat_${secret}`,
        `SG.${secret}.${secret}`,
        `GOCSPX-${secret}`,
        `s.${secret}`,
    ])("is found in '%s', and nothing of it is left", (text) => {
        expect(suspectedSecrets(text)).not.toEqual([]);
        expect(withoutSecrets(text)).not.toMatch(/hunter|aHVudGVy/);
    });

    it.each([
        "set the environment variable NOVA_SLACK_TOKEN before the run",
        "docker run -p 8080:80 nginx, ssh -p 2222 host, redis-cli -p 6379 ping",
        "pass: 12 of 12",
        "tokens per second: 1200",
        "the secret video-ranking-receivers",
        "registry.example.com/nova/video-ranking:1.0.0@sha256:0a0b",
        "kubectl get pods -n nova-prod -l app.kubernetes.io/name=x",
        "authorization: none",
        "the user has no credential: the plugin /no/such/plugin is missing",
        "wrong password: no such user",
        "auth: denied",
        "basic checks passed",
    ])("is none in '%s'", (text) => {
        expect(withoutSecrets(text)).toBe(text);
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

    it.each([
        "https://prometheus.example.com:9090/graph?g0.expr=a@b",
        "sha256:0a0b0c0d0e0f0a0b0c0d0e0f0a0b0c0d0e0f0a0b0c0d0e0f0a0b0c0d0e0f0a0b",
        "commit 2ccd5e7a1a3cfe6048c28179490e7561de298f0e",
        "pass the gate first: it passed 5 of 7 criteria",
        "--token-file /run/token was not found",
        "secretName video-ranking-tls has no key",
        "components/database-backup.ts and test/x1",
    ])("is not what only speaks of one: %s", (text) => {
        expect(suspectedSecrets(text)).toEqual([]);
        expect(withoutSecrets(text)).toBe(text);
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
