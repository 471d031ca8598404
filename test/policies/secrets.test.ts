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

describe("a variable", () => {
    const why = (name: string, value: string): string | undefined => secretIn(name, value) ?? secretInFile(name, value);

    it.each([
        ["PASSWORD_POLICY", "strict"],
        ["AUTH", "true"],
        ["AUTH_TYPE", "basic"],
        ["OAUTH_CLIENT_ID", "shop-web"],
        ["AUTHORIZATION", "enabled"],
        ["TOKENIZER", "bpe"],
        ["SECRET_STORE", "vault"],
        ["KEY", "value"],
        ["API_KEY_HEADER", "X-Api-Key"],
        ["AWS_ACCESS_KEY_ID", "$(KEY_ID)"],
        ["SSH_AUTH_SOCK", "/tmp/agent.sock"],
        ["GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568"],
        ["PYTHON_GPG_KEY", "A035C8C19219BA821ECEA86B64E628F8D684696D"],
        ["KEYCLOAK_USER", "admin"],
        ["DD_API_KEY_FILE", "/x"],
        ["SESSION_KEY_NAME", "sid"],
        ["PWD", "/app"],
        ["OLDPWD", "/"],
        ["SECRET", "shop-secret"],
        ["CREDENTIALS", "include"],
        ["TOKEN_AUDIENCE", "api"],
        ["S3_KEY_PREFIX", "a/b"],
        ["SORT_KEY", "created_at"],
        ["PASSWORDLESS", "true"],
        ["AUTHOR", "Jane Doe"],
        ["BYPASS", "none"],
        ["COOKIE_KEY_ROTATION", "3"],
        ["HTTP_AUTH_HEADER", "X-Auth"],
        ["REGISTRY_AUTH", "htpasswd"],
        ["REGISTRY_AUTH_HTPASSWD_PATH", "/auth/htpasswd"],
        ["GF_AUTH_ANONYMOUS_ENABLED", "true"],
        ["GF_SECURITY_ADMIN_PASSWORD__FILE", "/x/y"],
        ["VAULT_TOKEN_PATH", "/x"],
        ["REDIS_PASSWORD_SECRET", "redis-secret"],
        ["MONGODB_AUTH_SOURCE", "admin"],
        ["SASL_MECHANISM", "SCRAM-SHA-512"],
        ["PRIVATE_KEY_PATH", "/x/y.pem"],
        ["LICENSE_KEY", "<your key>"],
        ["DEPLOY_KEY", "$DEPLOY_KEY"],
        ["JWT_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----"],
        ["KAFKA_KEY_DESERIALIZER", "org.apache.kafka.common.serialization.StringDeserializer"],
        ["REDIS_KEY", "session:user"],
        ["AUTH_URL", "https://auth.example.com/realms/shop"],
        ["METRICS_AUTH", "disabled"],
        ["SMTP_AUTH", "plain"],
        ["ES_AUTH", "elastic-auth"],
        ["GIT_SSH_COMMAND", "ssh -i /keys/id"],
        ["TOKEN_COUNT", "55"],
        ["NUM_TOKENS", "5"],
        ["PASSWORD_HASH", "$2a$10$N9qo8uLOickgx2ZMRZoMye"],
        ["DB_PASSWORD", "@Microsoft.KeyVault(SecretUri=x)"],
        ["DB_PASSWORD", "op://vault/item/password"],
        ["DB_PASSWORD", "{{ .Values.password }}"],
        ["DB_PASSWORD", "sops:abc"],
        ["DB_PASSWORD", "ENC[AES256_GCM,data:x]"],
        ["DB_PASSWORD", ""],
        ["TOKEN", "/var/run/secrets/kubernetes.io/serviceaccount/token"],
        ["IDEMPOTENCY_KEY", "x-idempotency-key-2024a"],
        ["PASSWORD_ENCODER", "bcrypt"],
        ["SECRET_ROTATION_DAYS", "30"],
        ["WEBHOOK_SECRET_NAME", "a"],
        ["NEXTAUTH_URL", "http://a"],
        ["ACCESS_TOKEN_LIFETIME", "5m"],
        ["STRIPE_PUBLISHABLE_KEY", "pk_live_abcdefghijkl"],
        ["VAPID_PUBLIC_KEY", "BEl62iUYgUivxIkv69yViEuiBIa"],
        ["SENTRY_DSN", "https://abcdef0123456789abcdef0123456789@sentry.example.com/1"],
        ["POSTHOG_KEY", "phc_abc"],
        ["MAPS_TOKEN_NAME", "x"],
    ])("%s=%s is no secret", (name, value) => {
        expect(why(name, value)).toBeUndefined();
    });

    it.each([
        ["db.password", "x9x9x9"],
        ["dbPassword", "tiger"],
        ["RABBITMQ_DEFAULT_PASS", "guest"],
        ["SECRET_KEY_BASE", "aaaaaaaaaa"],
        ["DJANGO_SECRET_KEY", "django-insecure-abc"],
        ["CLIENT_SECRET", "correct-horse-battery-staple"],
        ["clientSecret", "9x"],
        ["JWT_SECRET", "supersecret123"],
        ["API_TOKEN", "abcdef123456"],
        ["GITHUB_TOKEN", "0123456789abcdef0123456789abcdef01234567"],
        ["password", "password"],
        ["ROOT_PW", "toor"],
        ["MINIO_ROOT_PASSWORD", "minio123"],
        ["APP_KEY", "base64:abcdefghij0123456789abcdefghij=="],
        ["ACCESS_KEY", "minio"],
        ["SESSION_SECRET", "keyboard cat"],
        ["ELASTIC_PASSWORD", "changeme"],
        ["CONNECTION_STRING", "Server=db;User=sa;Pwd=x9Y"],
        ["MONGO_URL", "mongodb://root:example@mongo:27017"],
        ["AMQP", "amqp://guest:guest@mq"],
        ["LDAP_BIND_CREDENTIALS", "x-9-y"],
        ["SMTP_PASS", "abcd"],
        ["PASSWD", "0000"],
        ["PIN_PASSWORD", "1234"],
        ["OPENAI_API_KEY", "sk-abc"],
        ["db_passphrase", "open sesame"],
        ["TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef"],
        ["KEYSTORE_PASSWORD", "changeit"],
        ["SASL_JAAS_CONFIG", "x required username='a' password='b9';"],
        ["REDIS_URI", "rediss://default:abc@h:1"],
        ["BASIC_AUTH", "admin:s3cret"],
        ["ADMIN_CREDENTIALS", "admin:s3cret"],
        ["SECRET", "hunter2"],
        ["TOKEN", "s3cr3t"],
        ["HTPASSWD", "admin:plain"],
        ["API_TOKEN", "letmein"],
    ])("%s=%s is a secret", (name, value) => {
        expect(why(name, value)).toBeDefined();
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
