import { isRecord } from "../../settings/tree.ts";
import type { LabelKeys } from "../../route/label-keys.ts";
import { decodeRecord } from "../../route/record.ts";
import { type RevisionSpec, revisionObjectName } from "../../route/revision.ts";
import { testersRouteName } from "../../route/testers.ts";
import { backendsOf } from "../../route/traffic.ts";
import type { AssessOutcome } from "../assessing.ts";
import { inline, table as wholeTable } from "../../report/markdown-text.ts";
import type { Preview, PreviewReading, PreviewStep } from "./preview.ts";

/** What a comment on a pull request is made of. */
export interface CommentContent {
    readonly stack: string;
    readonly service: string;
    /** By which the route in the preview says where the rollout stands. */
    readonly keys: LabelKeys;
    readonly preview: PreviewReading;
    /** Whether it was made with a placeholder for each secret. @default false */
    readonly secretless?: boolean;
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

/** Longest comment, in characters: forges refuse more than 65,536, and count some characters twice. */
const mostCharacters = 60_000;

/** Most rows of a table and most lines of a list. */
const mostRows = 100;

/** The comment as Markdown: what moves first, details folded away. All of it in one screen where nothing is wrong. What a forge would refuse for its length is left out, and the comment says so. */
export function commentText({ stack, service, keys, preview, secretless = false, stable, candidate, forecast, openBoxes }: CommentContent): string {
    return bounded([
        markerOf(stack),
        `### ${inline(service)}, stack ${inline(stack)}`,
        ...(preview.kind === "read" ? changeLines(preview.preview, service, keys) : [unreadable(preview.why)]),
        ...configLines(stable, candidate),
        ...forecastLines(forecast),
        checklistLine(openBoxes),
        ...(preview.kind === "read" ? resourceLines(preview.preview) : []),
        ...(secretless && preview.kind === "read"
            ? ["No secret was opened for this preview: each Secret seems to be new here, and what mounts it seems to change."]
            : []),
    ]);
}

/** What users would notice. */
function changeLines(preview: Preview, service: string, keys: LabelKeys): readonly string[] {
    return [...errorLines(preview), ...weightLines(preview, service, keys), ...replicaLines(preview)];
}

/** A comment where there is nothing else to say, in place of one of an earlier commit that would be taken for this one's. */
export function failedCommentText(stack: string, why: string): string {
    return bounded([markerOf(stack), `### Stack ${inline(stack)}`, unreadable(why)]);
}

function unreadable(why: string): string {
    return `**There is no preview of this change**: ${inline(why)}`;
}

/** The parts as one text, without those that would make it too long. */
function bounded(parts: readonly string[]): string {
    const kept: string[] = [];
    let [length, cut] = [0, 0];
    for (const part of parts) {
        if (length + part.length + 2 > mostCharacters) {
            cut += 1;
        } else {
            kept.push(part);
            length += part.length + 2;
        }
    }
    return [
        ...kept,
        ...(cut === 0
            ? []
            : [
                  `**${String(cut)} of ${String(parts.length)} parts are left out here**, since a comment of their length is refused: the pipeline's log has them.`,
              ]),
    ].join("\n\n");
}

/** The first lines, and how many more there are. */
function first(lines: readonly string[]): readonly string[] {
    return lines.length <= mostRows ? lines : [...lines.slice(0, mostRows), `and ${String(lines.length - mostRows)} more`];
}

function errorLines({ messages }: Preview): readonly string[] {
    const errors = messages.filter(({ severity }) => severity === "error");
    return errors.length === 0
        ? []
        : [
              `**The preview failed.**\n\n${first(
                  errors.flatMap(({ text }) =>
                      text
                          .split("\n")
                          .filter((line) => line.trim() !== "")
                          .map((line) => `> ${inline(line)}`),
                  ),
              ).join("\n>\n")}`,
          ];
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
    const rows = [
        ["image", stable.image, candidate.image],
        ...keys.map((key) => [key, ...[stable, candidate].map(({ config }) => (Object.hasOwn(config, key) ? (config[key] ?? "-") : "-"))]),
    ].filter(([, before, after]) => before !== after);
    return rows.length === 0 ? [] : [table(["setting", stable.name, candidate.name], rows)];
}

function forecastLines(forecast: AssessOutcome | undefined): readonly string[] {
    if (forecast === undefined) {
        return ["Gate: not evaluated."];
    }
    if (forecast.kind !== "assessed") {
        return [`Gate: not evaluated: ${inline(forecast.why)}.`];
    }
    const { obstacles, move, judgement, summaries } = forecast;
    const to = move.to === "finished" ? "the finish" : `${String(move.to)} %`;
    const verdict = obstacles.length === 0 ? `Gate, judged now: **${to} may be taken**.` : `Gate, judged now: **${to} may not be taken yet**.`;
    const open = first(obstacles.map(({ id, problem, fix }) => `- ${inline(id)}: ${inline(problem)}. ${inline(fix)}.`));
    const rows = (judgement?.reasons ?? []).map(({ verdict: one, criterion, text }) => [one, criterion, text]);
    return [
        [verdict, ...open].join("\n"),
        ...(rows.length === 0 ? [] : [folded(`${String(rows.length)} criteria`, [table(["", "criterion", "found"], rows)])]),
        ...(summaries.length === 0 ? [] : [summaries.map((summary) => `- ${inline(summary)}`).join("\n")]),
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
        : folded(`Checklist: ${String(openBoxes.length)} open before this step`, first(openBoxes.map((box) => `- ${inline(box)}`)));
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
    return `<details><summary>${inline(summary)}</summary>\n\n${lines.join("\n")}\n\n</details>`;
}

/** The first rows as a table, and how many more there are. */
function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
    const shortened = wholeTable(columns, rows.slice(0, mostRows));
    return rows.length <= mostRows ? shortened : `${shortened}\n\nand ${String(rows.length - mostRows)} more`;
}

function shown(value: unknown): string {
    return typeof value === "string" || typeof value === "number" ? String(value) : "-";
}

function valueAt(value: unknown, ...path: readonly string[]): unknown {
    return path.reduce<unknown>((container, key) => (isRecord(container) ? container[key] : undefined), value);
}
