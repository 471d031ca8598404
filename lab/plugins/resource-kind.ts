import type { z } from "zod";

/** Plain properties of a resource: no secrets, no unknowns. */
export type Plain = Readonly<Record<string, unknown>>;

/** What a handler returns: the id and all properties, inputs included. */
export interface Created<State> {
    readonly id: string;
    readonly state: State;
}

/**
 * One type of resource, as its author writes it. Handlers see plain, validated values; the server takes care of secrets, unknowns and the wire.
 *
 * Properties carry the names, defaults and replace-forcing fields of the official SDK.
 */
export interface ResourceKindSpec<Connection, Inputs extends z.ZodObject, State extends z.ZodObject> {
    /** Type token, such as `kafka:index/topic:Topic`. */
    readonly token: string;
    /** The inputs it supports, strict: an input that is not here is refused. */
    readonly inputs: Inputs;
    /** The inputs, and what is known only after creation. */
    readonly state: State;
    /** Inputs whose change makes a new resource. A function decides from the old and the new value, for fields that can change in one direction only. */
    readonly replaceOn: Readonly<Partial<Record<keyof z.output<Inputs> & string, true | ((before: unknown, after: unknown) => boolean)>>>;
    /** Inputs that the server fills in when they are if omitted, leaving them out is no change. */
    readonly computedInputs?: readonly (keyof z.output<Inputs> & string)[];
    /** Outputs that are secret whatever the inputs are. */
    readonly secretOutputs?: readonly (keyof z.output<State> & string)[];
    /**
     * Whether a replacement deletes the old object before it makes the new one: always, or when none of these inputs changes, since the new object
     * would then collide with the old.
     *
     * @default never
     */
    readonly deleteFirst?: "always" | readonly (keyof z.output<Inputs> & string)[];
    /** Whether an omitted `name` becomes the resource's own name with a random suffix. */
    readonly autoName?: boolean;
    /** Rules between fields; only called when all inputs are known. Gives one message for each fault, with the property it is about. */
    readonly verify?: (inputs: z.output<Inputs>) => readonly { readonly property: keyof z.output<Inputs> & string; readonly reason: string }[];
    readonly create: (connection: Connection, inputs: z.output<Inputs>) => Promise<Created<z.output<State>>>;
    /** The live object, or undefined when it is gone. `last` is what the state file remembers; it is missing on import. */
    readonly read: (connection: Connection, id: string, last: z.output<State> | undefined) => Promise<Created<z.output<State>> | undefined>;
    readonly update: (connection: Connection, id: string, inputs: z.output<Inputs>, last: z.output<State>) => Promise<z.output<State>>;
    readonly delete: (connection: Connection, id: string, last: z.output<State>) => Promise<void>;
}

/** A type of resource as the server uses it: the same, with the types of its properties hidden behind validation. */
export interface ResourceKind<Connection> {
    readonly token: string;
    readonly inputs: z.ZodObject;
    readonly state: z.ZodObject;
    readonly replaceOn: Readonly<Record<string, true | ((before: unknown, after: unknown) => boolean) | undefined>>;
    readonly computedInputs: readonly string[];
    readonly secretOutputs: readonly string[];
    readonly deleteFirst: "always" | readonly string[] | undefined;
    readonly autoName: boolean;
    readonly verify: (inputs: Plain) => readonly { readonly property: string; readonly reason: string }[];
    readonly create: (connection: Connection, inputs: Plain) => Promise<Created<Plain>>;
    readonly read: (connection: Connection, id: string, last: Plain | undefined) => Promise<Created<Plain> | undefined>;
    readonly update: (connection: Connection, id: string, inputs: Plain, last: Plain) => Promise<Plain>;
    readonly delete: (connection: Connection, id: string, last: Plain) => Promise<void>;
}

/** Turns a typed description into what the server uses. */
export function resourceKind<Connection, Inputs extends z.ZodObject, State extends z.ZodObject>(
    spec: ResourceKindSpec<Connection, Inputs, State>,
): ResourceKind<Connection> {
    const last = (state: Plain): z.output<State> => spec.state.parse(state);
    // What is no valid state enters none: it could be read by no later command.
    const valid = ({ id, state }: Created<z.output<State>>): Created<Plain> => ({ id, state: spec.state.parse(state) });
    return {
        token: spec.token,
        inputs: spec.inputs,
        state: spec.state,
        replaceOn: spec.replaceOn,
        computedInputs: spec.computedInputs ?? [],
        secretOutputs: spec.secretOutputs ?? [],
        deleteFirst: spec.deleteFirst,
        autoName: spec.autoName ?? false,
        verify: (inputs) => spec.verify?.(spec.inputs.parse(inputs)) ?? [],
        create: async (connection, inputs) => valid(await spec.create(connection, spec.inputs.parse(inputs))),
        read: async (connection, id, state) => {
            const live = await spec.read(connection, id, state === undefined ? undefined : last(state));
            return live === undefined ? undefined : valid(live);
        },
        update: async (connection, id, inputs, state) => spec.state.parse(await spec.update(connection, id, spec.inputs.parse(inputs), last(state))),
        delete: (connection, id, state) => spec.delete(connection, id, last(state)),
    };
}
