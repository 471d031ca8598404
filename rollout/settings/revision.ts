import { z } from "zod";

import { image, shortDnsLabel, shortDnsLabelFix, text } from "./text.ts";

const fileName = /^(?!\.\.)[-._a-zA-Z0-9]{1,253}$/;

/** The schema of the keys `stable` and `candidate`. */
export const revisionSchema = z.strictObject({
    name: text.regex(shortDnsLabel, "is not a DNS label of at most 30 characters").meta({
        description: "Name of the revision, unique over the life of the stack.",
        examples: ["v1-4-0"],
        fix: shortDnsLabelFix,
    }),
    image: image("Image of the service."),
    config: z.record(z.string().regex(fileName, "is not a file name"), z.string()).meta({
        description:
            "Settings of the revision, mounted as one file a key: all of them, since nothing is merged with those of another revision. No secrets: those are generated, never configured here.",
        examples: [{ CACHE_TTL_SECONDS: "300" }],
        fix: "use letters, digits, '-', '_' and '.' in a key, and text as the value; {} where there are no settings",
    }),
});
