import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

import { describe, expect, it } from "vitest";

const root = new URL("..", import.meta.url).pathname;
const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...globSync("docs/**/*.md", { cwd: root })].sort();
const sources = globSync("{*.ts,{bench,components,config,demo,lab,observability,policies,rollout,service}/**/*.ts}", { cwd: root })
    .filter((file) => !file.includes("node_modules"))
    .sort();

/** Folders that the repository has, or had before they moved: what starts with one of them is a path of the repository. */
const folders = "adapters|bench|cli|components|config|demo|docs|lab|observability|policies|report|rollout|service|test";
const pathOfRepository = new RegExp(`^(?:${folders})/[\\w./-]*\\w/?$`);
const nameOfFile = /^[\w.-]+(?:\/[\w.-]+)*\.(?:ts|js|md|json|yaml|yml|sh|py)$/;

/** Files that a run makes or a user writes, and a name in capitals that stands for others. */
const isMade = (path: string): boolean => /^(?:\.lab|reports)\//.test(path) || path === "policies/config/STACK.json";

const exists = (path: string): boolean => existsSync(join(root, path));

/** Relative links of a page. */
function linksIn(text: string): readonly string[] {
    return [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)]
        .map(([, inText, inTag]) => inText ?? inTag ?? "")
        .filter((link) => !/^[a-z]+:/.test(link));
}

/** Anchors of a page's headings, as GitHub makes them. */
function anchorsIn(text: string): readonly string[] {
    return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
        heading
            .toLowerCase()
            .replaceAll(/[^\w\s-]/g, "")
            .replaceAll(" ", "-"),
    );
}

/** Whether a link of a page leads to a file, and to a heading in it where it has an anchor. */
function leadsSomewhere(page: string, link: string): boolean {
    const [path = "", anchor] = link.split("#");
    const file = path === "" ? page : normalize(join(dirname(page), path));
    return exists(file) && (anchor === undefined || anchorsIn(readFileSync(join(root, file), "utf8")).includes(anchor));
}

/** Words in code, inline or in blocks, that name a file or folder of the repository. */
function pathsIn(text: string): readonly string[] {
    const code = [...text.matchAll(/```[^\n]*\n([\s\S]*?)```|`([^`\n]+)`/g)].map(([, block, inline]) => block ?? inline ?? "");
    return code
        .flatMap((piece) => piece.split(/[\s"'()]+/))
        .map((word) => word.replace(/^\.\//, "").replace(/[,;:]$/, ""))
        .filter((word) => pathOfRepository.test(word) || (word.includes("/") && nameOfFile.test(word)))
        .filter((path) => !isMade(path));
}

/** Paths that a comment names: `docs/gate.md`, `rollout/plan/plan.ts`. */
function pathsInComments(text: string): readonly string[] {
    const comments = [...text.matchAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/[^\n]*/g)].map(([comment]) => comment);
    return comments
        .flatMap((comment) => comment.split(/[\s"'()`,;]+/))
        .map((word) => word.replace(/[.:]$/, "").replace(/#.*$/, ""))
        .filter((word) => pathOfRepository.test(word) && /\.(?:ts|md|json|yaml)$/.test(word));
}

describe("the pages", () => {
    it.each(pages)("%s links only to what is there", (page) => {
        const links = linksIn(readFileSync(join(root, page), "utf8"));
        expect(links.filter((link) => !leadsSomewhere(page, link))).toEqual([]);
    });

    // The changelog names what was there, too.
    it.each(pages.filter((page) => page !== "CHANGELOG.md"))("%s names only files and folders that are there", (page) => {
        const paths = pathsIn(readFileSync(join(root, page), "utf8"));
        expect(paths.filter((path) => !exists(path) && !exists(join(dirname(page), path)))).toEqual([]);
    });
});

describe("docs/README.md", () => {
    const index = readFileSync(join(root, "docs/README.md"), "utf8");

    it("has one row for each page, with its reader, kind and purpose", () => {
        const rows = [...index.matchAll(/^\| \[[\w-]+\]\(([\w-]+\.md)\) \| [^|]+ \| (?:tutorial|how-to|reference|explanation) \| [^|]+ \|$/gm)];
        const listed = rows.map(([, page = ""]) => page).sort();
        expect(listed).toEqual(
            globSync("*.md", { cwd: join(root, "docs") })
                .filter((page) => page !== "README.md")
                .sort(),
        );
    });
});

describe("comments in the code", () => {
    it("name only files that are there", () => {
        const broken = sources.flatMap((file) =>
            pathsInComments(readFileSync(join(root, file), "utf8")).flatMap((path) => (exists(path) ? [] : [`${file}: ${path}`])),
        );
        expect(broken).toEqual([]);
    });
});
