import { stackRule } from "../../engine/rule.ts";
import { engineRules } from "../../engine/engine.ts";
import { longestTermDays } from "../../engine/waiver.ts";

/** The engine reports under this name when there are too many waivers, and when a configured one does not hold. */
export const waiverRegister = stackRule({
    name: engineRules.register,
    title: "Few waivers are in force at a time, and the configured ones hold.",
    severity: "medium",
    level: "mandatory",
    waivable: false,
    settings: {
        maximum: { type: "integer", default: 5, minimum: 0, description: "Most waivers that may be in force at a time" },
        longestDays: { type: "integer", default: longestTermDays, minimum: 1, description: "How far ahead the last day of a waiver may lie, in days" },
        author: { type: "string", default: "", description: "Who made the change; empty: what the pipeline says in `NOVA_CHANGE_AUTHOR`" },
        holders: {
            type: "array",
            items: { type: "string" },
            default: [],
            description: "Who holds which role, each `role: person`; then only these roles own waivers",
        },
        waivers: {
            type: "array",
            items: { type: "string" },
            default: [],
            description: "Waivers by the resource's name in the program, each JSON text with rule, resource, reason, owner and expires",
        },
    },
    check: () => [],
});
