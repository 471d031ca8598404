/** What a line that the engine prints says to people: which object it changes now. Undefined for all others. */
export function shownEngineLine(line: string): string | undefined {
    const [, type, name, doing] = /^\s*[+~-]+\s+(\S+)\s+(\S+)\s+((?:creat|updat|delet|replac|read)ing)\b/.exec(line) ?? [];
    return type === undefined || name === undefined || doing === undefined ? undefined : `${doing} ${type.split(":").at(-1) ?? type} ${name}`;
}
