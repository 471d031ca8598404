import { objectRule, wrong } from "../../engine/rule.ts";
import { configFiles } from "../../shapes/config-text.ts";

/** A table on one server goes with it, and a table without an end grows until the disk is full. */
export const clickhouseTables = objectRule({
    name: "clickhouse-tables",
    title: "ClickHouse tables are replicated, and their rows expire.",
    severity: "high",
    level: "mandatory",
    settings: {
        withoutEnd: {
            type: "array",
            items: { type: "string" },
            default: ["schema_migrations"],
            description: "Tables whose rows may be kept for ever: few, and needed",
        },
    },
    kinds: ["core/ConfigMap"],
    *check(object, { settings }) {
        for (const { key, content } of configFiles(object, /\.sql$/)) {
            for (const [statement] of content.matchAll(/create\s+table[^;]*/gi)) {
                const engine = /engine\s*=\s*(\w+)/i.exec(statement)?.[1];
                const name = /create\s+table\s+(?:if\s+not\s+exists\s+)?([\w.`{}]+)/i.exec(statement)?.[1] ?? "?";
                if (!engine?.endsWith("MergeTree")) {
                    continue;
                }
                if (!engine.startsWith("Replicated") && !engine.startsWith("Shared")) {
                    yield wrong(`data.${key}`, `the table ${name} is on one server only`, "use a Replicated engine");
                }
                if (!/\bttl\b/i.test(statement) && !settings.withoutEnd.includes(name.split(".").at(-1) ?? "")) {
                    yield wrong(`data.${key}`, `the rows of table ${name} are kept for ever`, "give it a TTL");
                }
            }
        }
    },
});
