import { z } from "zod";

/** Points of each thing that a user does with a video. */
const points = { view: 1, like: 3, share: 5, skip: -1 } as const;

const kinds = ["view", "like", "share", "skip"] as const satisfies readonly (keyof typeof points)[];

const name = z.string().min(1).max(200);

const requestSchema = z.object({ user: name, video: name, kind: z.enum(kinds) });
const eventSchema = requestSchema.extend({ id: z.uuid(), revision: z.string(), time: z.iso.datetime() });

/** What a user did, as the request says. */
export type EngagementRequest = z.output<typeof requestSchema>;

/** An engagement event, as it is in the topic. */
export type EngagementEvent = z.output<typeof eventSchema>;

/** The event that a request's body names; undefined where it names none. */
export function requestIn(json: string): EngagementRequest | undefined {
    return parsed(requestSchema, json);
}

/** The event that a record of the topic holds; undefined where it holds none. */
export function eventIn(json: string): EngagementEvent | undefined {
    return parsed(eventSchema, json);
}

/** Points that an event gives a video and its subject. */
export function pointsOf({ kind }: Pick<EngagementEvent, "kind">): number {
    return points[kind];
}

function parsed<T>(schema: z.ZodType<T>, json: string): T | undefined {
    try {
        return schema.safeParse(JSON.parse(json)).data;
    } catch {
        return undefined;
    }
}
