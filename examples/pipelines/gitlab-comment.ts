/**
 * Puts a merge request's comment in place of the one of an earlier commit, which is found by its first line, the mark. Other comments of the same account are left alone, and so is the mark in another's.
 *
 * Node runs it as it is, and it imports no package: it runs beside a token. Needs GITLAB_COMMENT_TOKEN, STACK, and GitLab's own CI_API_V4_URL, CI_PROJECT_ID and CI_MERGE_REQUEST_IID; the argument is the file.
 */
import { existsSync, readFileSync } from "node:fs";

interface Note {
    readonly id: number;
    readonly body: string;
    readonly system: boolean;
    readonly author: { readonly id: number };
}

const [file = ""] = process.argv.slice(2);
// One of an earlier commit must not be left standing where the preview's job wrote none.
const missing = "**There is no preview of this change**: its job wrote none, see the log of the pipeline.";
const body = existsSync(file) ? readFileSync(file, "utf8") : `<!-- rollout-preview:${variable("STACK")} -->\n\n${missing}\n`;
const mark = firstLine(body);
if (!/^<!-- rollout-preview:.* -->$/.test(mark)) {
    throw new Error(`${file} does not begin with the mark of a preview: make it with 'rollout comment'`);
}
const notes = `projects/${variable("CI_PROJECT_ID")}/merge_requests/${variable("CI_MERGE_REQUEST_IID")}/notes`;
const { id: self } = await asked<{ readonly id: number }>("GET", "user");
const earlier = (await all(notes)).findLast(({ author, system, body: text }) => author.id === self && !system && firstLine(text) === mark);
await asked(earlier === undefined ? "POST" : "PUT", earlier === undefined ? notes : `${notes}/${String(earlier.id)}`, { body });

/** Every page, of 100 notes each. */
async function all(path: string): Promise<readonly Note[]> {
    const found: Note[] = [];
    for (let page = 1; page <= 50; page += 1) {
        const some = await asked<readonly Note[]>("GET", `${path}?per_page=100&sort=asc&order_by=created_at&page=${String(page)}`);
        found.push(...some);
        if (some.length < 100) {
            return found;
        }
    }
    throw new Error("the merge request has more than 5000 comments");
}

async function asked<T>(method: string, path: string, form?: Readonly<Record<string, string>>): Promise<T> {
    const answer = await fetch(`${variable("CI_API_V4_URL")}/${path}`, {
        method,
        headers: { "private-token": variable("GITLAB_COMMENT_TOKEN"), "content-type": "application/json" },
        ...(form === undefined ? {} : { body: JSON.stringify(form) }),
        // The token is meant for this server alone.
        redirect: "error",
        signal: AbortSignal.timeout(30_000),
    });
    if (!answer.ok) {
        throw new Error(`${method} ${path} answers ${String(answer.status)}`);
    }
    return (await answer.json()) as T;
}

function firstLine(text: string): string {
    return (text.split("\n")[0] ?? "").replace(/\r$/, "");
}

function variable(name: string): string {
    const value = process.env[name] ?? "";
    if (value === "") {
        throw new Error(`the environment variable ${name} is not set`);
    }
    return value;
}
