/**
 * The rows of a text with commas, each by the names of the first line. Quotes as in RFC 4180.
 *
 * @throws {Error} where a row has another number of fields than the first, or a quote is open at the end: the file is cut off.
 */
export function rowsOf(text: string): readonly Readonly<Record<string, string>>[] {
    const [names = [], ...rows] = cellsOf(text);
    return rows.map((cells, index) => {
        if (cells.length !== names.length) {
            throw new Error(`line ${String(index + 2)} has ${String(cells.length)} fields, and the first ${String(names.length)}: it is cut off`);
        }
        return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ""]));
    });
}

function cellsOf(text: string): readonly (readonly string[])[] {
    const rows: string[][] = [];
    let row: string[] = [];
    // A field, quoted or not, and what ends it.
    const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/y;
    while (field.lastIndex < text.length) {
        const [, cell = "", end = ""] = field.exec(text) ?? [];
        if (field.lastIndex === 0) {
            throw new Error(`line ${String(rows.length + 1)} has a quote that does not end: it is cut off`);
        }
        row.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
        if (end !== ",") {
            rows.push(row);
            row = [];
        }
    }
    if (row.length > 0) {
        rows.push([...row, ""]);
    }
    return rows.filter((cells) => cells.length > 1 || cells[0] !== "");
}
