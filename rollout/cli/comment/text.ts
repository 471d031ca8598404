import { isRecord } from "../../settings/tree.ts";
import type { LabelKeys } from "../../route/label-keys.ts";
import { decodeRecord } from "../../route/record.ts";
import { type RevisionSpec, revisionObjectName } from "../../route/revision.ts";
import { testersRouteName } from "../../route/testers.ts";
import { backendsOf } from "../../route/traffic.ts";
import type { AssessOutcome } from "../assessing.ts";
import type { Preview, PreviewStep } from "./preview.ts";

/** What a comment on a pull request is made of. */
export interface CommentContent {
    readonly stack: string;
    readonly service: string;
    /** By which the route in the preview says where the rollout stands. */
    readonly keys: LabelKeys;
    readonly preview: Preview;
    readonly stable: RevisionSpec;
    readonly candidate?: RevisionSpec;
    /** What stands in the way of the next step, judged now. Absent where it was not judged. */
    readonly forecast?: AssessOutcome;
    /** Boxes of the checklist that still block the next step. `no-checklist`: the profile has none. Absent where they were not evaluated. */
    readonly openBoxes?: readonly string[] | "no-checklist";
}

/** Invisible line by which the comment of a stack is found again, so that it is changed in place. */
export function markerOf(stack: string): string {
    return `<!-- rollout-preview:${stack} -->`;
}

/** The comment as Markdown: what moves first, details folded away. All of it in one screen where nothing is wrong. */
export function commentText({ stack, service, keys, preview, stable, candidate, forecast, openBoxes }: CommentContent): string {
    return [
        markerOf(stack),
        `### ${escaped(service)}, stack ${escaped(stack)}`,
        ...errorLines(preview),
        ...weightLines(preview, service, keys),
        ...replicaLines(preview),
        ...configLines(stable, candidate),
        ...forecastLines(forecast),
        checklistLine(openBoxes),
        ...resourceLines(preview),
    ].join("\n\n");
}

function errorLines({ messages }: Preview): readonly string[] {
    const errors = messages.filter(({ severity }) => severity === "error");
    return errors.length === 0 ? [] : [`**The preview failed.**\n\n${errors.map(({ text }) => `> ${escaped(text).replaceAll("\n", "\n> ")}`).join("\n>\n")}`];
}

/** Weights of the users' route before and after, where they change. */
function weightLines({ steps }: Preview, service: string, keys: LabelKeys): readonly string[] {
    const isTesters = (inputs: unknown): boolean => valueAt(inputs, "metadata", "name") === testersRouteName(service);
    const route = steps.find(
        ({ type, operation, before, after }) => type.endsWith(":HTTPRoute") && operation !== "same" && !isTesters(before) && !isTesters(after),
    );
    if (route === undefined) {
        return ["Weights: unchanged."];
    }
    const [before, after] = [weightsIn(route.before, service, keys), weightsIn(route.after, service, keys)];
    if (after.size === 0 && route.operation !== "delete") {
        return ["**The weights can't be read in the preview**: see the program's own output."];
    }
    const names = [...new Set([...before.keys(), ...after.keys()])];
    return [
        table(
            ["backend", "weight now", "weight after"],
            names.map((name) => [name, shown(before.get(name)), shown(after.get(name))]),
        ),
    ];
}

/** The route's weights. A rule for testers carries a secret, and the provider hides all rules with it: the record beside them says what they are made of. */
function weightsIn(inputs: unknown, service: string, keys: LabelKeys): ReadonlyMap<string, unknown> {
    const rules = valueAt(inputs, "spec", "rules");
    const annotations = valueAt(inputs, "metadata", "annotations");
    const record = Array.isArray(rules) || !isRecord(annotations) ? undefined : decodeRecord(annotations, keys);
    if (record !== undefined) {
        return new Map(backendsOf(record).map(({ revision, weightPercent }) => [revisionObjectName(service, revision), weightPercent]));
    }
    const users: unknown = Array.isArray(rules) ? rules.at(-1) : undefined;
    const backends = valueAt(users, "backendRefs");
    return new Map((Array.isArray(backends) ? backends : []).map((backend) => [String(valueAt(backend, "name")), valueAt(backend, "weight")]));
}

/** Bounds of the autoscalers that change. */
function replicaLines({ steps }: Preview): readonly string[] {
    const scalers = steps.filter(({ type, operation }) => type.endsWith(":HorizontalPodAutoscaler") && operation !== "same");
    const bounds = (inputs: unknown): string =>
        inputs === undefined || inputs === null ? "-" : `${shown(valueAt(inputs, "spec", "minReplicas"))} to ${shown(valueAt(inputs, "spec", "maxReplicas"))}`;
    return scalers.length === 0
        ? []
        : [
              table(
                  ["pods of", "now", "after"],
                  scalers.map(({ name, before, after }) => [name, bounds(before), bounds(after)]),
              ),
          ];
}

/** What the candidate does differently: image and settings. */
function configLines(stable: RevisionSpec, candidate: RevisionSpec | undefined): readonly string[] {
    if (candidate === undefined) {
        return [];
    }
    const keys = [...new Set([...Object.keys(stable.config), ...Object.keys(candidate.config)])].toSorted();
    const rows = [["image", stable.image, candidate.image], ...keys.map((key) => [key, stable.config[key] ?? "-", candidate.config[key] ?? "-"])].filter(
        ([, before, after]) => before !== after,
    );
    return rows.length === 0 ? [] : [table(["setting", stable.name, candidate.name], rows)];
}

function forecastLines(forecast: AssessOutcome | undefined): readonly string[] {
    if (forecast === undefined) {
        return ["Gate: not evaluated."];
    }
    if (forecast.kind !== "assessed") {
        return [`Gate: not evaluated: ${escaped(forecast.why)}.`];
    }
    const { obstacles, move, judgement, summaries } = forecast;
    const to = move.to === "finished" ? "the finish" : `${String(move.to)} %`;
    const verdict = obstacles.length === 0 ? `Gate, judged now: **${to} may be taken**.` : `Gate, judged now: **${to} may not be taken yet**.`;
    const open = obstacles.map(({ id, problem, fix }) => `- \`${id}\`: ${escaped(problem)}. ${escaped(fix)}.`);
    const rows = (judgement?.reasons ?? []).map(({ verdict: one, criterion, text }) => [one, criterion, text]);
    return [
        [verdict, ...open].join("\n"),
        ...(rows.length === 0 ? [] : [folded(`${String(rows.length)} criteria`, [table(["", "criterion", "found"], rows)])]),
        ...(summaries.length === 0 ? [] : [summaries.map((summary) => `- ${escaped(summary)}`).join("\n")]),
    ];
}

function checklistLine(openBoxes: CommentContent["openBoxes"]): string {
    if (openBoxes === "no-checklist") {
        return "Checklist: the profile has none.";
    }
    if (openBoxes === undefined) {
        return "Checklist: not evaluated.";
    }
    return openBoxes.length === 0
        ? "Checklist: every box that this step needs holds."
        : folded(
              `Checklist: ${String(openBoxes.length)} open before this step`,
              openBoxes.map((box) => `- ${escaped(box)}`),
          );
}

function resourceLines({ steps, unchanged }: Preview): readonly string[] {
    const changed = steps.filter(({ operation }) => operation !== "same" && operation !== "read");
    if (changed.length === 0) {
        return ["No resource changes."];
    }
    const line = ({ operation, type, name, changed: fields }: PreviewStep): readonly string[] => [operation, type, name, fields.slice(0, 5).join(", ")];
    return [folded(`${String(changed.length)} resources change, ${String(unchanged)} stay`, [table(["", "type", "name", "fields"], changed.map(line))])];
}

function folded(summary: string, lines: readonly string[]): string {
    return `<details><summary>${escaped(summary)}</summary>\n\n${lines.join("\n")}\n\n</details>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const row = (cells: readonly string[]): string => `| ${cells.map((cell) => escaped(cell).replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
    return [row(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(row)].join("\n");
}

/** Text from the stack and the cluster says nothing to Markdown or HTML: no tag, no link, no mention of a user. */
export function escaped(text: string): string {
    return text
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll(/[[\]*_`~]/g, (character) => `\\${character}`)
        .replaceAll("@", "@\u200B");
}

function shown(value: unknown): string {
    return typeof value === "string" || typeof value === "number" ? String(value) : "-";
}

function valueAt(value: unknown, ...path: readonly string[]): unknown {
    return path.reduce<unknown>((container, key) => (isRecord(container) ? container[key] : undefined), value);
}
