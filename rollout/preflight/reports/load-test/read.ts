import { z } from "zod";

import { wordsOf } from "../../../words.ts";
import { jmeterLog, jmeterStatistics } from "./jmeter.ts";
import { k6 } from "./k6.ts";
import { locustJson, locustTable } from "./locust.ts";
import type { LoadTestForm, LoadTestReading } from "./reading.ts";
import { wrk2 } from "./wrk2.ts";

const forms: readonly LoadTestForm[] = [k6, locustTable, locustJson, jmeterStatistics, jmeterLog, wrk2];

/**
 * Reads the report of a load test, whose form its content tells.
 *
 * @param path as people know the file.
 * @throws {Error} that names the file, what was found and what is accepted.
 */
export function loadTestIn(path: string, content: string): LoadTestReading {
    const text = content.replace(/^\uFEFF/, "");
    const json = jsonIn(text);
    const form = forms.find(({ claims }) => claims(text, json));
    if (form === undefined) {
        const accepted = [...new Set(forms.map((one) => one.accepted))].join("; ");
        throw new Error(`${path} is no report of a load test that is known: it ${found(text, json)}. Accepted are ${accepted}`);
    }
    try {
        return form.read(text, json);
    } catch (error) {
        const reason = error instanceof z.ZodError ? z.prettifyError(error).replaceAll(/\s*\n\s*/g, " ") : wordsOf(error);
        throw new Error(`${path} can't be read as ${form.accepted}: ${reason}`, { cause: error });
    }
}

function jsonIn(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

function found(text: string, json: unknown): string {
    if (text.trim() === "") {
        return "is empty";
    }
    if (json !== undefined) {
        return typeof json === "object" && json !== null
            ? `is JSON with ${Object.keys(json).slice(0, 5).join(", ") || "nothing in it"}`
            : "is JSON with one value";
    }
    return `begins with '${(text.split("\n", 1)[0] ?? "").slice(0, 60)}'`;
}
