/** One piece of work of a start. */
export interface Step {
    readonly name: string;
    /** Names of the steps that must have succeeded before. */
    readonly needs: readonly string[];
    /** Does the work and says in a few words what it did, such as 'started'. */
    readonly run: () => Promise<string>;
}

/** A step was not tried, since one that it needs failed. */
export class SkippedError extends Error {
    readonly because: string;

    constructor(step: string, because: string) {
        super(`${step} was not started: ${because} failed`);
        this.because = because;
    }
}

/**
 * Begins every step as soon as those it needs are done, so that independent ones run side by side.
 * @returns the outcome of each step; a step that needs a failed one is rejected with SkippedError.
 * @throws Error where a step needs one that is not there, or one that comes later in the list: so a circle is impossible.
 */
export function begin(steps: readonly Step[]): ReadonlyMap<string, Promise<string>> {
    const outcomes = new Map<string, Promise<string>>();
    for (const step of steps) {
        const needed = step.needs.map((name): readonly [string, Promise<string>] => {
            const outcome = outcomes.get(name);
            if (outcome === undefined) {
                throw new Error(`step ${step.name} needs ${name}, which is not before it`);
            }
            return [name, outcome];
        });
        const outcome = afterAll(step, needed);
        // The reader of the outcome learns of the failure; until then it is no unhandled rejection.
        outcome.catch(() => undefined);
        outcomes.set(step.name, outcome);
    }
    return outcomes;
}

async function afterAll(step: Step, needed: readonly (readonly [string, Promise<string>])[]): Promise<string> {
    for (const [name, outcome] of needed) {
        try {
            await outcome;
        } catch {
            throw new SkippedError(step.name, name);
        }
    }
    return step.run();
}

/**
 * Groups names into waves for an orderly end: all of a wave can stop together, and nothing stops before what needs it.
 * @throws Error where names need each other in a circle.
 */
export function stopWaves<Name extends string>(names: readonly Name[], needs: (name: Name) => readonly Name[]): readonly (readonly Name[])[] {
    const waves: (readonly Name[])[] = [];
    let left = names;
    while (left.length > 0) {
        const needed = new Set(left.flatMap((name) => needs(name)));
        const wave = left.filter((name) => !needed.has(name));
        if (wave.length === 0) {
            throw new Error(`these need each other in a circle: ${left.join(", ")}`);
        }
        waves.push(wave);
        left = left.filter((name) => needed.has(name));
    }
    return waves;
}
