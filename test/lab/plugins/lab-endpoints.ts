import { z } from "zod";

/** Where the lab's data services listen, from .lab/env. */
const endpoints = z.object({
    NOVA_LAB_POSTGRES_HOST: z.string().min(1),
    NOVA_LAB_POSTGRES_PORT: z.coerce.number().int(),
    NOVA_LAB_POSTGRES_USER: z.string().min(1),
    NOVA_LAB_POSTGRES_PASSWORD: z.string().min(1),
    NOVA_LAB_KAFKA_BOOTSTRAP: z.string().min(1),
    NOVA_LAB_KAFKA_PODS: z.string().min(1),
});

/**
 * The lab's endpoints.
 *
 * @throws {Error} when the lab's environment is not set: these tests never skip in silence.
 */
export function labEndpoints(): z.output<typeof endpoints> {
    const found = endpoints.safeParse(process.env);
    if (!found.success) {
        const missing = found.error.issues.map((issue) => issue.path.join(".")).join(", ");
        throw new Error(`${missing} not set: run 'make lab-up' and source .lab/env`);
    }
    return found.data;
}
