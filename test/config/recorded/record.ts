import { text } from "node:stream/consumers";

import { z } from "zod";

/**
 * Records which resources a release's stack has, from its state on standard input: URN, type and id of each, and nothing that could be secret.
 *
 * `pulumi stack export | node test/config/recorded/record.ts <service> > test/config/recorded/<version>.json`, on the lab's stack at 10 % with a candidate.
 */
const [service = "video-ranking"] = process.argv.slice(2);
const state = z
    .object({ deployment: z.object({ resources: z.array(z.object({ urn: z.string(), custom: z.boolean(), id: z.string().default("") })) }) })
    .parse(JSON.parse((await text(process.stdin)).replaceAll(service, "video-ranking").replaceAll(service.replaceAll("-", "_"), "video_ranking")));
const resources = state.deployment.resources
    .filter(({ custom }) => custom)
    .map(({ urn, id }) => {
        const [, , chain = "", name = ""] = urn.split("::");
        return { chain, name, id: /random|providers/.test(chain) ? "" : id };
    });
process.stdout.write(`${JSON.stringify(resources, undefined, 4)}\n`);
