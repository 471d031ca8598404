import { missing, objectRule, wrong } from "../../engine/rule.ts";
import { numberOrText, text } from "../../engine/value.ts";
import { alertsIn, prometheusRule } from "../../shapes/alerts.ts";

/** An expression without a comparison fires for every series there is. */
export const alertExpression = objectRule({
    name: "alert-expression",
    title: "The expression of an alert is closed, and compares or asks for absence.",
    severity: "high",
    level: "mandatory",
    settings: { always: { type: "array", items: { type: "string" }, default: ["Watchdog"], description: "Alerts that always fire on purpose" } },
    kinds: [prometheusRule],
    *check(rule, { settings }) {
        for (const { alert, path } of alertsIn(rule)) {
            const name = text(alert, "alert") ?? "";
            const expression = String(numberOrText(alert, "expr") ?? "");
            const bare = expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""');
            if (expression.trim() === "") {
                yield missing(`${path}.expr`, `the alert ${name} has no expression`, "write one");
            } else if (!isClosed(bare)) {
                yield wrong(`${path}.expr`, `the expression of ${name} has a bracket or a quote too few`, "close it");
            } else if (!/[<>]=?|==|!=(?!~)|\babsent(_over_time)?\s*\(|\bunless\b/.test(bare.replace(/\{[^}]*\}/g, "")) && !settings.always.includes(name)) {
                yield wrong(`${path}.expr`, `the expression of ${name} compares nothing`, "compare with a threshold, or use absent()");
            }
        }
    },
});

function isClosed(expression: string): boolean {
    const closing: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
    const open: string[] = [];
    for (const character of expression.replaceAll('""', "")) {
        if ("([{".includes(character)) {
            open.push(character);
        } else if (closing[character] !== undefined && open.pop() !== closing[character]) {
            return false;
        } else if (character === '"') {
            return false;
        }
    }
    return open.length === 0;
}
