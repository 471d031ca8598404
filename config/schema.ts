import { z } from "zod";

import { type WithDefaults, settingsShape } from "../rollout/settings/settings.ts";
import { storesSchema } from "../rollout/settings/stores.ts";
import { image } from "../rollout/settings/text.ts";
import { plan } from "../service/plan.ts";
import { observabilitySchema } from "./observability.ts";

/** The schema of the stack config, without the secret keys: see loadSecrets in load.ts. */
export const stackSchema = z.strictObject({
    ...settingsShape(plan),
    // The service needs all four.
    stores: storesSchema,
    observability: observabilitySchema.exactOptional().meta({
        description: "How the stack is watched: docs/observability.md. Defaults to no rules, monitors, routes or dashboards.",
        fix: "set team, grafanaUrl, runbookUrl and receivers, or remove it",
    }),
    images: z.strictObject({
        redis: image("Redis, the official image."),
        redisExporter: image("redis_exporter."),
        clickhouse: image("ClickHouse server, with clickhouse-client."),
        clickhouseKeeper: image("ClickHouse Keeper."),
        postgres: image("PostgreSQL, the official image, of the server's major version or newer: for dumps."),
    }),
});

/** The stack's configuration, validated, with the defaults that depend on the environment filled in. */
export type StackConfig = WithDefaults<z.infer<typeof stackSchema>>;
