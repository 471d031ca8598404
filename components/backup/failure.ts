/**
 * Shell function `fail CODE MESSAGE`: ends a backup's script with one line that names what is wrong, with its key and value, and what to do. That line is the last of the log, which
 * the pod's status repeats. A Job that fails is what the alert sees.
 */
export const failure = `fail() { echo "$2" >&2; exit "$1"; }`;

/** Exit code of a failure that another attempt would only repeat: the Job fails at once. */
export const finalExitCode = 3;

/** psql for a script: no question, no settings of a person, an error ends it, and a row of a table is a line with `|` between its columns. */
export const psql = "psql --no-psqlrc --no-password --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1";
