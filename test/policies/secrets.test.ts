import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { policiesOf } from "../../policies/engine/pack.ts";
import { rules } from "../../policies/rules/index.ts";
import { secretInFile } from "../../policies/shapes/secret-files.ts";
import { secretIn } from "../../policies/shapes/secret-text.ts";
import { kubernetes } from "./extras.ts";
import { nowMs } from "./judge.ts";
import { analyze } from "./runtime.ts";

describe("a value is taken for a secret", () => {
    it.each([
        ["DB_PASSWORD", "hunter2"],
        ["stripeApiKey", "value-of-some-kind"],
        ["AWS_SECRET_ACCESS_KEY", "abc/def+ghi"],
        ["AZURE_STORAGE_KEY", "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="],
        ["NOTE", `AKIAIOSFODNN7EXAMPLE`],
        ["URL", "postgres://app:s3cretpw@db.example.com/ranking"],
        ["HEADER", "Bearer abcdefghijklmnop123456"],
        ["CERT", "-----BEGIN EC PRIVATE KEY-----"],
        ["SETTING", "q7Zx9LmK2vTb4NwR8sYd3FhJ"],
    ])("%s", (name, value) => {
        expect(secretIn(name, value)).toBeDefined();
    });
});

describe("a value is not taken for a secret", () => {
    it.each([
        ["LOG_LEVEL", "info"],
        ["PASSWORD_FILE", "/etc/secrets/password"],
        ["TOKEN_TTL_SECONDS", "3600"],
        ["SECRET_NAME", "video-ranking-credentials"],
        ["AUTH_ENABLED", "true"],
        ["DB_PASSWORD", "$(DB_PASSWORD_FROM_FILE)"],
        ["KEYSTORE_PATH", "/tls/key.pem"],
        ["IMAGE", "registry.example.com/nova/api:1.0.0@sha256:ffb81bd3a3dfaebfc71a5983f21d98de8205a9a9d527cf967d812775686cc9a8"],
        ["COMMIT", "c9ea977b1a2d3e4f5061728394a5b6c7d8e9f001"],
        ["REQUEST_ID", "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"],
        ["BOOTSTRAP", "kafka-0.kafka.nova-prod.svc.cluster.local:9093,kafka-1.kafka.nova-prod.svc.cluster.local:9093"],
        ["QUERY", 'sum(rate(http_requests_total{code=~"5.."}[5m])) by (service)'],
        ["CLASS", "org.apache.kafka.common.security.scram.ScramLoginModule"],
        ["JAVA_OPTS", "-XX:MaxRAMPercentage=75.0 -XX:+UseG1GC"],
        ["PATH_TO_CONFIG", "/etc/service/settings/application.yaml"],
        ["MONKEY", "see-no-evil"],
        ["TIMEZONE", "America/Argentina/Buenos_Aires"],
        ["FEATURE_FLAGS", "newRanking,fastCache,videoPreviewsV2,searchSuggestions"],
        ["CAMEL", "HorizontalPodAutoscalerMinReplicasV2Name"],
    ])("%s", (name, value) => {
        expect(secretIn(name, value)).toBeUndefined();
    });

    it("whatever words it is made of", () => {
        const word = fc.constantFrom(
            "ranking",
            "video",
            "cache",
            "Redis",
            "Kafka",
            "topic",
            "v2",
            "prod",
            "shard0",
            "Replica",
            "search",
            "trending",
            "creator",
        );
        fc.assert(
            fc.property(
                fc.array(word, { minLength: 1, maxLength: 6 }),
                fc.constantFrom("-", "_", ".", "/", ":"),
                (words, separator) => secretIn("SETTING", words.join(separator)) === undefined,
            ),
        );
    });
});

describe("texts that are long or odd", () => {
    it.each([
        ["one long word", "a".repeat(900_000)],
        ["many quotes", '"'.repeat(200_000)],
        ["many names", "password ".repeat(50_000)],
        ["many equals signs", "key=".repeat(100_000)],
        ["many colons", "a:".repeat(200_000)],
        ["many blanks", `password:${" ".repeat(300_000)}`],
        ["many slashes", `redis://${"a/".repeat(200_000)}`],
        ["many open elements", "<password>".repeat(50_000)],
        ["many machines", "machine a login ".repeat(30_000)],
        ["many words with dots", `password: a\n${"a.".repeat(300_000)}`],
        ["many words with plus signs", `pass ${"a+".repeat(200_000)}`],
    ])("are read in a moment: %s", (_what, content) => {
        const startedMs = performance.now();
        secretInFile("a", content);
        secretIn("SETTING", content);
        // Far above what it takes, far below what a pattern that goes back and forth would take.
        expect(performance.now() - startedMs).toBeLessThan(20_000);
    });
});

describe("a report about a secret", () => {
    it("never shows the value", async () => {
        const value = "correct-horse-battery-staple";
        const resource = kubernetes(
            "v1",
            "ConfigMap",
            "a",
            { data: { password: value, "url.txt": `redis://user:${value}@cache` } },
            { annotations: { "api-token": value } },
        );
        const found = await analyze(policiesOf(rules, { environment: "prod", nowMs }), resource);
        expect(found.filter(({ policy }) => policy === "no-secret-in-config-map")).toHaveLength(3);
        expect(JSON.stringify(found)).not.toContain(value);
    });
});
