import type { ForgeConfig } from "../../../settings/forge.ts";
import { type PreflightFinding, type Problem, findingOf, notConfigured } from "../../preflight.ts";
import { type Source, sourcesOf } from "../../registry/statement.ts";
import { reviewOf } from "../../reviews.ts";
import { repository } from "../repository.ts";
import type { Tools } from "../tools.ts";
import type { Attested } from "./released-image.ts";

/**
 * Whether the forge has both as reviewed and merged: the change of the stack, and the commit that the image was built from.
 *
 * The pipeline's key vouches for that commit: the repository's `HEAD` is the stack's change, and says nothing of what is in the image.
 */
export async function mergedChange(tools: Tools, attested: (signal: AbortSignal) => Promise<Attested>, signal: AbortSignal): Promise<PreflightFinding> {
    const { config, commit: named = "HEAD", folder, forge: ask } = tools.context;
    const { forge } = config;
    const commit = await repository(folder, signal).commit(named);
    if (forge === undefined || ask === undefined) {
        return notConfigured(
            `nothing says who reviewed ${commit.slice(0, 12)}: what its message says of that is its author's own word`,
            "set forge in the stack config, with a token that may read pull requests",
        );
    }
    const said = await attested(signal);
    const source = sourceOf(said, forge.repository);
    const [problem] = said.kind === "impossible" ? [said.problem] : said.kind === "looked" && source === undefined ? [noSource] : placeProblems(source, forge);
    if (problem !== undefined) {
        return findingOf([problem], "");
    }
    const asked = [
        { commit, path: forge.repository },
        ...(source === undefined || source.commit === commit ? [] : [{ commit: source.commit, path: pathOf(source) ?? forge.repository }]),
    ];
    const reviews = await Promise.all(asked.map(async ({ commit: one, path }) => reviewOf(one, await (await ask(path)).pullRequestsOf(one), forge.branch)));
    const reviewed = asked.map(({ commit: one, path }, index) => {
        const review = reviews[index];
        return `${one.slice(0, 12)} of ${path}${review?.kind === "reviewed" ? ` by ${review.by}` : ""}`;
    });
    return findingOf(
        reviews.flatMap((review) => (review.kind === "not" ? review.problems : [])),
        `reviewed and merged into ${forge.branch}: ${reviewed.join(", ")}`,
        { commit, branch: forge.branch, ...(source === undefined ? {} : { builtFrom: source.commit }) },
    );
}

/** The commit that the image was built from: of the repository with this path where the provenance names several, else the first. Undefined where nothing vouches for one. */
export function sourceOf(attested: Attested, path: string | undefined): Source | undefined {
    const sources = attested.kind === "looked" ? attested.statements.flatMap(sourcesOf) : [];
    return sources.find((source) => pathOf(source) === path) ?? sources[0];
}

/** Whether a source lies in the repository of the stack's forge. */
export function isAt(source: Source, forge: ForgeConfig | undefined): boolean {
    return forge !== undefined && placeProblems(source, forge).length === 0 && (pathOf(source) ?? forge.repository) === forge.repository;
}

/** What is wrong where an image was built from a repository that the configured forge doesn't have. */
function placeProblems(source: Source | undefined, { kind, url = `https://${kind}.com` }: ForgeConfig): readonly Problem[] {
    const host = new URL(url).host.replace(/^api\./, "");
    const place = source?.repository;
    return place === undefined || URL.parse(place)?.host === host
        ? []
        : [
              {
                  text: `the image was built from ${place}, and the forge of the stack config is ${host}`,
                  fix: "build it from a repository of that forge, or set forge to the one that has it",
              },
          ];
}

/** `shop/checkout` of `https://github.com/shop/checkout`. */
function pathOf({ repository: place }: Source): string | undefined {
    return place === undefined ? undefined : URL.parse(place)?.pathname.slice(1);
}

const noSource: Problem = {
    text: "nothing that the configured key signed of the image says which commit it was built from",
    fix: "have the pipeline attest its provenance: cosign attest --key KEY --type slsaprovenance1 --predicate provenance.json IMAGE (docs/preflight.md)",
};
