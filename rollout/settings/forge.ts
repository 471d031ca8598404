import { z } from "zod";

import { fromVariable } from "./secret-source.ts";
import { text, url, urlFix } from "./text.ts";

/** The schema of the key `forge`. The token itself is never in the config. */
export const forgeSchema = z
    .strictObject({
        kind: z.literal(["github", "gitlab"]).meta({ description: "Whose API it speaks.", examples: ["github"], fix: "use github or gitlab" }),
        repository: text.regex(/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)+$/, "is not the path of a repository").meta({
            description: "The repository that the program is in: owner and name, or a project's whole path.",
            examples: ["shop/checkout"],
            fix: "write owner/name, without a host",
        }),
        url: url.exactOptional().meta({
            description: "Base address of the API. Defaults to the public one of github.com or gitlab.com.",
            examples: ["https://github.example.com/api/v3"],
            fix: urlFix,
        }),
        branch: text.default("main").meta({
            description: "Branch that releases come from. What reached it by no pull request has no known author.",
            examples: ["main"],
            fix: "write the branch's name, without origin/",
        }),
        tokenVariable: fromVariable("a token that may read the repository and its pull requests. If omitted, none is sent", "FORGE_TOKEN"),
    })
    .refine(({ kind, repository }) => kind === "gitlab" || repository.split("/").length === 2, {
        path: ["repository"],
        message: "has more than an owner and a name",
    })
    .refine(
        ({ url: address, tokenVariable }) => address === undefined || tokenVariable === undefined || address.startsWith("https://") || ownMachine.test(address),
        {
            path: ["url"],
            message: "would carry the token unencrypted",
        },
    );

const ownMachine = /^http:\/\/(127\.0\.0\.1|localhost)(?=[:/]|$)/;

/** The forge that the repository is at: see the descriptions in {@link forgeSchema}. */
export type ForgeConfig = z.infer<typeof forgeSchema>;
