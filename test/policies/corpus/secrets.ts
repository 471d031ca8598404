import type { Case } from "./case.ts";
import { configMap, container, deployment, object } from "./small.ts";

const withEnv = (name: string, value: unknown) => [deployment("api", { containers: [container({ env: [{ name, value }] })] })];
const withArgs = (...args: readonly string[]) => [deployment("api", { containers: [container({ args })] })];
const withCommand = (...command: readonly string[]) => [deployment("api", { containers: [container({ command })] })];
const plain: Case["finds"] = ["no-plain-secret"];
const inMap: Case["finds"] = ["no-secret-in-config-map"];

/** Assembled, so that no scanner of repositories takes an invented token for a real one. */
const token = (prefix: string, body: string): string => prefix + body;
const letters = "aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW3xY5zA7bC9d";

const badVariables: readonly (readonly [string, unknown])[] = [
    ["DB_PASS", "hunter2hunter"],
    ["SSH_PASSPHRASE", "correct horse battery 7"],
    ["ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef"],
    ["SIGNING_KEY", "kJ8sLq02mZ"],
    ["SENDGRID_KEY", "x81kd92mf0s"],
    ["BILLING_KEY", "9f86d081884c7d659a2feaa0"],
    ["POSTGRES_PASSWORD", "12345678"],
    ["PGPASSWORD", "s3cret"],
    ["MYSQL_PWD", "s3cret"],
    ["ADMIN_PASSWORD_1", "s3cret"],
    ["REDIS_AUTH", "s3cret-value-9"],
    ["REDIS_URL", "redis://:s3cretpw@cache:6379"],
    ["DATABASE_URL", "jdbc:postgresql://db/shop?user=app&password=s3cretpw"],
    ["SQL_SERVER", "jdbc:sqlserver://db:1433;user=sa;password=Str0ngPw;encrypt=true"],
    ["DSN", "app:s3cretpw@tcp(db:3306)/shop"],
    ["PG_DSN", "host=db user=app password=s3cretpw dbname=shop"],
    ["KAFKA_OPTS", 'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="a" password="s3cretpw";'],
    ["JAVA_OPTS", "-Xmx1g -Djavax.net.ssl.keyStorePassword=changeit9"],
    ["STORAGE", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9w=="],
    ["NOTE", token("glpat-", letters.slice(0, 20))],
    ["NOTE", token("github_pat_", letters.slice(0, 30))],
    ["NOTE", token("sk_live_", letters.slice(0, 24))],
    ["NOTE", token("npm_", letters.slice(0, 36))],
    ["NOTE", token("hvs.", letters.slice(0, 30))],
    ["NOTE", token("SG.", `${letters.slice(0, 22)}.${letters.slice(0, 40)}`)],
    ["HOOK", token("https://hooks.slack.com/services/", `T00000000/B00000000/${letters.slice(0, 24)}`)],
];

const goodVariables: readonly (readonly [string, unknown])[] = [
    ["AUTH_SERVICE_ADDR", "auth:8080"],
    ["BASIC_AUTH", "on"],
    ["REDIS_AUTH", "disabled"],
    ["PROXY_AUTH", "oauth2"],
    ["DB_PASSWORD", "vault:secret/data/shop#password"],
    ["DB_PASSWORD", "ref+vault://secret/shop/password"],
    ["DB_PASSWORD", "secretsmanager://shop/password"],
    ["DB_PASSWORD", "%env(DB_PASSWORD)%"],
    ["DB_PASSWORD", "%env(resolve:DB_PASSWORD)%"],
    ["DB_PASSWORD", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop"],
    ["DB_PASSWORD", "projects/shop/secrets/db/versions/3"],
    ["DB_PASSWORD", "${DB_PASSWORD}"],
    ["DB_PASSWORD_FILE", "/run/secrets/db"],
    ["PASSWORD_MIN_LENGTH", "12"],
    ["PASSWORD_RESET_URL", "https://shop.example.com/reset"],
    ["PARTITION_KEY", "user_id_and_region_2"],
    ["CACHE_KEY", "video-ranking-v2-europe"],
    ["PUBLIC_KEY", "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE"],
    ["TOKEN_TTL", "3600"],
    ["MAX_TOKENS", "4096"],
    ["SECRET_NAME", "shop-credentials"],
    ["TLS_SECRET", "shop-tls"],
    ["AWS_REGION", "eu-west-1"],
    ["DATABASE_URL", "postgres://app:$(DB_PASSWORD)@db/shop"],
    ["DATABASE_HOST", "postgres://db:5432/shop"],
    ["JAVA_OPTS", "-Djavax.net.ssl.trustStore=/etc/tls/trust.jks"],
    ["PASSES", "3"],
    ["COMPASS", "north-by-northwest"],
];

const badFiles: readonly (readonly [string, string])[] = [
    ["application.properties", "server.port=8080\nspring.datasource.username=app\nspring.datasource.password=s3cretpw\n"],
    ["application.yaml", "spring:\n  datasource:\n    username: app\n    password: s3cretpw\n"],
    ["cache.conf", "port 6379\nrequirepass s3cretpw\n"],
    ["users.acl", "user default off\nuser app on >s3cretpw ~* +@read\n"],
    ["failover.conf", "sentinel monitor m 10.0.0.1 6379 2\nsentinel auth-pass m s3cretpw\n"],
    [".env", "LOG_LEVEL=info\nexport DB_PASSWORD='s3cret pw 9'\n"],
    ["config.json", '{"db": {"user": "app", "password": "s3cretpw"}}'],
    ["settings.xml", "<server><username>app</username><password>s3cretpw</password></server>"],
    ["core-site.xml", "<property><name>fs.s3a.secret.key</name><value>s3cretpw99</value></property>"],
    ["my.cnf", '[client]\nuser = app\npassword = "s3cretpw"\n'],
    [".pgpass", "db:5432:shop:app:s3cretpw\n"],
    ["grafana.ini", "[security]\nadmin_user = admin\nadmin_password = s3cretpw\n"],
    ["config.php", "return ['user' => 'app', 'password' => 's3cretpw'];\n"],
    [".npmrc", "//registry.example.com/:_authToken=0123-4567-89ab\n"],
    [".netrc", "machine git.example.com login app password s3cretpw\n"],
    ["values.yaml", "env:\n- name: DB_PASSWORD\n  value: s3cretpw\n"],
    ["run.sh", "#!/bin/sh\nexec app --password s3cretpw --port 80\n"],
    ["tls.pem", "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\n"],
];

const goodFiles: readonly (readonly [string, string])[] = [
    ["application.properties", "spring.datasource.password=${DB_PASSWORD}\nspring.datasource.hikari.connection-timeout=30000\n"],
    ["application.yaml", "spring:\n  datasource:\n    password: ${DB_PASSWORD:}\nauth:\n  enabled: true\n  type: oidc\n"],
    ["cache.conf", "port 6379\n# requirepass foobared\nappendonly yes\n"],
    ["config.json", '{"auth": true, "token": null, "tokenTtlSeconds": 300, "passwordFile": "/run/secrets/db"}'],
    ["labels.json", '{"password": "Password", "forgotPassword": "Forgot your password?", "token": "Token"}'],
    ["schema.json", '{"properties": {"password": {"type": "string"}, "token": {"type": "string"}}}'],
    ["postgresql.conf", "password_encryption = 'scram-sha-256'\nssl_key_file = '/tls/tls.key'\n"],
    ["accounts.xml", "<users><app><password_sha256_hex>9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08</password_sha256_hex></app></users>"],
    ["nginx.conf", "location / { auth_request /auth; proxy_set_header X-Token $http_x_token; }\n"],
    ["rules.yaml", 'expr: sum(kube_secret_info{secret="shop-credentials"}) by (token_type)\n'],
    ["envoy.yaml", "token_bucket:\n  max_tokens: 100\n  tokens_per_fill: 10\n"],
    ["tls.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"],
    ["run.sh", 'PASSWORD="$(cat /run/secrets/db)"\nexec app --password-file /run/secrets/db --token "$TOKEN"\n'],
];

const der = Buffer.from("308204bd020100300d06092a864886f70d0101010500048204a7", "hex").toString("base64");
const certificate = Buffer.from("3082030a308201f2a003020102020101300d06092a864886f70d01010b0500", "hex").toString("base64");

/** Secrets in plain sight, and what looks like one. */
export const secretCases: readonly Case[] = [
    ...badVariables.map(([name, value], index) => ({
        title: `the variable ${name} with a secret (${String(index)})`,
        objects: withEnv(name, value),
        finds: plain,
    })),
    ...goodVariables.map(([name, value], index) => ({
        title: `the variable ${name} without a secret (${String(index)})`,
        objects: withEnv(name, value),
        finds: [],
    })),
    // Kubernetes refuses a number there, which the rule about clients of databases can't read.
    { title: "a password that is a number", objects: withEnv("DB_PASSWORD", 12345678), finds: ["no-plain-secret", "postgres-clients-encrypted"] },
    { title: "an option and its password as two arguments", objects: withArgs("--user", "app", "--password", "s3cretpw"), finds: plain },
    { title: "requirepass of Redis as an argument", objects: withArgs("--port", "6379", "--requirepass", "s3cretpw"), finds: plain },
    { title: "a password behind an equals sign", objects: withArgs("--password=s3cretpw"), finds: plain },
    { title: "a password that a shell exports", objects: withCommand("sh", "-c", "export PASSWORD=s3cretpw; exec app"), finds: plain },
    { title: "a password that a shell hands over", objects: withCommand("sh", "-c", "exec app --db-password 's3cret pw 9'"), finds: plain },
    { title: "a password for MySQL's client", objects: withCommand("mysqldump", "-uapp", "-ps3cretpw", "shop"), finds: plain },
    { title: "a password for Redis' client", objects: withCommand("redis-cli", "-a", "s3cretpw", "ping"), finds: plain },
    { title: "a login for curl", objects: withCommand("sh", "-c", "curl -H 'Authorization: Basic YXBwOnMzY3JldHB3' http://a"), finds: plain },
    { title: "a password file as two arguments", objects: withArgs("--password-file", "/run/secrets/db", "--auth", "oidc"), finds: [] },
    { title: "a password from a variable", objects: withArgs("--password", "$(DB_PASSWORD)"), finds: [] },
    {
        title: "a shell that reads a password from a file",
        objects: withCommand("sh", "-c", 'PASSWORD="$(cat /run/secrets/db)" exec app --token "$TOKEN"'),
        finds: [],
    },
    { title: "options that only speak of secrets", objects: withArgs("--token-ttl", "300", "--default-tls-secret", "shop-tls", "--auth-mode=iam"), finds: [] },
    ...badFiles.map(([key, content]) => ({ title: `the file ${key} with a secret`, objects: [configMap("files", { [key]: content })], finds: inMap })),
    ...goodFiles.map(([key, content]) => ({ title: `the file ${key} without a secret`, objects: [configMap("files", { [key]: content })], finds: [] })),
    { title: "a private key in binary data", objects: [object("v1", "ConfigMap", "files", { binaryData: { "server.key": der } })], finds: inMap },
    {
        title: "a private key in base64 of PEM",
        objects: [object("v1", "ConfigMap", "files", { binaryData: { a: Buffer.from("-----BEGIN PRIVATE KEY-----").toString("base64") } })],
        finds: inMap,
    },
    { title: "a keystore in binary data", objects: [object("v1", "ConfigMap", "files", { binaryData: { "store.jks": "/u3+7QAAAAIAAAAB" } })], finds: inMap },
    { title: "a certificate in binary data", objects: [object("v1", "ConfigMap", "files", { binaryData: { "server.crt": certificate } })], finds: [] },
    {
        title: "a password in a custom resource",
        objects: [object("example.com/v1", "Database", "shop", { spec: { users: [{ name: "app", password: "s3cretpw" }] } })],
        finds: inMap,
    },
    {
        title: "a password in the values of a chart",
        objects: [object("helm.example.com/v1", "Chart", "shop", { spec: { values: "auth:\n  password: s3cretpw\n" } })],
        finds: inMap,
    },
    {
        title: "a parameter of a custom resource that is a token",
        objects: [object("example.com/v1", "Flow", "shop", { spec: { arguments: { parameters: [{ name: "api-token", value: "9d8f7s6d5f4" }] } } })],
        finds: inMap,
    },
    {
        title: "references to secrets in a custom resource",
        objects: [
            object("example.com/v1", "Database", "shop", {
                spec: {
                    passwordSecretRef: { name: "shop", key: "password" },
                    tokenSecret: "shop-token",
                    credentials: "shop-credentials",
                    auth: { type: "scram" },
                    password: { valueFrom: { secretKeyRef: { name: "shop", key: "password" } } },
                },
            }),
        ],
        finds: [],
    },
];
