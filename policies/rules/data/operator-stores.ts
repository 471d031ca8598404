import { objectRule, type PolicyFinding, wrong } from "../../engine/rule.ts";
import type { KubernetesObject } from "../../engine/subject.ts";
import { at, fields, flag, has, isFields, list, type Plain, text, texts } from "../../engine/value.ts";
import { textIn } from "../../shapes/text-in.ts";

const judges: ReadonlyMap<string, (object: KubernetesObject) => Iterable<PolicyFinding>> = new Map([
    ["kafka.strimzi.io/Kafka", kafka],
    ["postgresql.cnpg.io/Cluster", postgres],
    ["acid.zalan.do/postgresql", postgres],
    ["clickhouse.altinity.com/ClickHouseInstallation", clickhouse],
    ["redis.redis.opstreelabs.in/Redis", redis],
    ["redis.redis.opstreelabs.in/RedisCluster", redis],
    ["redis.redis.opstreelabs.in/RedisReplication", redis],
    ["databases.spotahome.com/RedisFailover", redis],
]);

/** An operator starts what its resource says, and leaves open what it doesn't say. */
export const operatorStores = objectRule({
    name: "operator-stores",
    title: "A store that an operator runs asks for passwords, and takes connections over TLS.",
    severity: "critical",
    level: "mandatory",
    kinds: [...judges.keys()],
    *check(object) {
        yield* object.partial ? [] : (judges.get(`${object.group}/${object.kind}`)?.(object) ?? []);
    },
});

function* kafka({ body }: KubernetesObject): Generator<PolicyFinding> {
    for (const [index, listener] of list(body, "spec", "kafka", "listeners").entries()) {
        const path = `spec.kafka.listeners[${String(index)}]`;
        if (flag(listener, "tls") !== true) {
            yield wrong(`${path}.tls`, "a listener takes plain text", "set tls to true");
        }
        if (!has(listener, "authentication")) {
            yield wrong(`${path}.authentication`, "a listener takes clients without a login", "set its authentication to scram-sha-512 or tls");
        }
    }
    if (!has(body, "spec", "kafka", "authorization")) {
        yield wrong("spec.kafka.authorization", "every client may do everything", "set its type to simple");
    }
    if (textIn(at(body, "spec", "kafka", "config", "auto.create.topics.enable")) === "true") {
        yield wrong("spec.kafka.config", "brokers create any topic that a client misspells", "set auto.create.topics.enable to false");
    }
}

function* postgres({ body }: KubernetesObject): Generator<PolicyFinding> {
    for (const keys of [
        ["postgresql", "pg_hba"],
        ["patroni", "pg_hba"],
    ]) {
        for (const [index, line] of texts(body, "spec", ...keys).entries()) {
            const [type = "", , , ...rest] = line.trim().split(/\s+/);
            if (type.startsWith("host") && rest.includes("trust")) {
                yield wrong(`spec.${keys.join(".")}[${String(index)}]`, "clients are trusted without a password", "use scram-sha-256 or cert");
            } else if (type === "hostnossl" || (type === "host" && !rest.includes("reject"))) {
                yield wrong(`spec.${keys.join(".")}[${String(index)}]`, "clients may connect without TLS", "use hostssl");
            }
        }
    }
    if (flag(body, "spec", "enableSuperuserAccess") === true) {
        yield wrong("spec.enableSuperuserAccess", "the superuser may log in over the network", "remove it, and give each role what it needs");
    }
}

function* clickhouse({ body }: KubernetesObject): Generator<PolicyFinding> {
    // `reader/networks/ip: ...` and `reader: {networks: {ip: ...}}` mean the same.
    const users = new Map<string, Map<string, Plain>>();
    const put = (path: readonly string[], value: Plain): void => {
        const [user = "", ...rest] = path;
        if (isFields(value) && !("valueFrom" in value)) {
            for (const [key, entry] of Object.entries(value)) {
                put([...path, ...key.split("/")], entry);
            }
        } else {
            users.set(user, (users.get(user) ?? new Map<string, Plain>()).set(rest.join("/"), value));
        }
    };
    for (const [key, value] of Object.entries(fields(body, "spec", "configuration", "users") ?? {})) {
        put(key.split("/"), value);
    }
    for (const [user, settings] of users) {
        const path = `spec.configuration.users.${user}`;
        const passwords = [...settings].filter(([key]) => /(^|_)password/.test(key));
        if (settings.has("no_password") || !passwords.some(([, value]) => value !== "" && value !== null)) {
            yield wrong(path, "the user has no password", "set password_sha256_hex, or k8s_secret_password");
        }
        if (/(^|\s)(::\/0|0\.0\.0\.0\/0)/.test(textIn(settings.get("networks/ip")))) {
            yield wrong(path, "the user may come from anywhere", "name the networks of the pods");
        }
    }
    const open = ["http_port", "tcp_port", "interserver_http_port"].filter((port) => has(body, "spec", "configuration", "settings", port));
    if (open.length > 0) {
        yield wrong(
            "spec.configuration.settings",
            `ClickHouse listens at ${open.join(", ")} without TLS`,
            "use https_port, tcp_port_secure and interserver_https_port",
        );
    }
}

function* redis({ body, group }: KubernetesObject): Generator<PolicyFinding> {
    const ofSpotahome = group === "databases.spotahome.com";
    const place = ofSpotahome ? ["auth", "secretPath"] : ["kubernetesConfig", "redisSecret"];
    if (!has(body, "spec", ...place)) {
        yield wrong(`spec.${place.join(".")}`, "the server has no password", "name a Secret with its password");
    }
    // The operator of Spotahome has no TLS.
    if (!ofSpotahome && !has(body, "spec", "TLS")) {
        yield wrong("spec.TLS", "the server takes connections without TLS", "name its certificate");
    }
    if (
        /(^|\n)(--)?protected-mode no($|\n)/.test(
            `${text(body, "spec", "redisConfig", "additionalRedisConfig") ?? ""}\n${texts(body, "spec", "redis", "customConfig").join("\n")}`,
        )
    ) {
        yield wrong("spec", "the server answers everybody: its protected mode is off", "remove protected-mode no");
    }
}
