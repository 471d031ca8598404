/** Sees whether engagement events reach where they are kept. */
export interface EventWitness {
    /** Begins to look, before an event is sent to `revision`. @throws when it can't. */
    begin(revision: string): Promise<EventWait>;
}

/** Waiting for one event. */
export interface EventWait {
    /** Resolves once the event is seen. @throws when it isn't in time, saying what was seen instead. */
    recorded(event: { readonly id: string; readonly pod: string | undefined }): Promise<void>;
    /** Lets go of connections, whatever came before. Never throws. */
    end(): Promise<void>;
}
