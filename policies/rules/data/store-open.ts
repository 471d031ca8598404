import { containerRule, wrong } from "../../engine/rule.ts";
import { at, list, text, texts } from "../../engine/value.ts";
import { textIn } from "../../shapes/text-in.ts";

/** Variables by which images of stores let everybody in. */
const openings: readonly (readonly [RegExp, RegExp])[] = [
    [/^(POSTGRES_|POSTGRESQL_)?HOST_AUTH_METHOD$/, /^trust$/i],
    [/^(ALLOW_EMPTY_PASSWORD|ALLOW_ANONYMOUS_LOGIN|ALLOW_PLAINTEXT_LISTENER|(MYSQL|MARIADB)_ALLOW_EMPTY(_ROOT)?_PASSWORD)$/, /^(yes|true|1)$/i],
    [/^CLICKHOUSE_SKIP_USER_SETUP$/, /^(1|true)$/i],
    [/^REDIS_PROTECTED_MODE$/, /^no$/i],
];

/** A store that trusts its network is open to each pod that gets into it. */
export const storeOpen = containerRule({
    name: "store-open",
    title: "No store is started in a way that lets anybody in without a password.",
    severity: "critical",
    level: "mandatory",
    *check(container) {
        for (const [index, variable] of list(container.body, "env").entries()) {
            const [name, value] = [text(variable, "name") ?? "", textIn(at(variable, "value"))];
            if (openings.some(([names, values]) => names.test(name) && values.test(value.trim()))) {
                yield wrong(`env[${String(index)}]`, `${name} lets anybody in`, "remove it, and give the store passwords from a Secret");
            }
        }
        const words = [...texts(container.body, "command"), ...texts(container.body, "args")].flatMap((word) =>
            /\s/.test(word.trim()) ? word.trim().split(/\s+/) : [word.trim()],
        );
        const start = words.findIndex((word) => /(^|\/)(redis|valkey)-server$/.test(word));
        const options = start < 0 ? [] : words.slice(start + 1);
        const valueOf = (option: string) => {
            const index = options.indexOf(option);
            return index < 0 ? undefined : (options[index + 1] ?? "").replace(/^(["'])(.*)\1$/, "$2");
        };
        if (start >= 0 && valueOf("--protected-mode") === "no") {
            yield wrong("args", "the server answers everybody: its protected mode is off", "remove --protected-mode no");
        }
        const password = valueOf("--requirepass");
        const fromFile = options.some((word) => word.endsWith(".conf") || word === "--aclfile" || word === "-");
        if (password === "" || (start >= 0 && password === undefined && !fromFile && options.length > 0)) {
            yield wrong("args", "the server has no password", "name a file with its users: --aclfile, from a Secret");
        }
    },
});
