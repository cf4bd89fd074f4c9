import { readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isObject, show } from '../validation/checks';
import { Problem } from './findings';
import { parseText } from './parser';
import { at, type Place, where } from './place';

/** Anything with a scheme or a host: `https://…`, `file:…`, `//host/…`. */
const REMOTE = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i;

/** An OpenAPI document and the files that it refers to. Files are read as references lead to them, and only below its folder. */
export class Documents {
  public readonly root: Place;
  private readonly files = new Map<string, unknown>();

  /**
   * @param content of the document
   * @param file its name, empty for text
   * @param folder of the document; without one, references to files are errors
   */
  public constructor(
    content: unknown,
    file: string,
    private readonly folder?: string,
  ) {
    this.files.set(file, content);
    this.root = { value: content, file, pointer: '' };
  }

  /** Whether the document is OpenAPI 3.0, where a reference replaces what is beside it. */
  public get is30(): boolean {
    return String((this.root.value as { openapi?: unknown }).openapi).startsWith('3.0');
  }

  /** The place itself, or the one that its chain of references leads to. */
  public resolve(place: Place): Place {
    const seen = new Set<string>();
    let here = place;
    while (isObject(here.value) && typeof here.value.$ref === 'string') {
      if (seen.has(where(here))) throw new Problem(at(place, '$ref'), 'refers to itself');
      seen.add(where(here));
      here = this.target(here);
    }
    return here;
  }

  /** The place that the `$ref` of a place names. */
  public target(place: Place): Place {
    const here = at(place, '$ref');
    const ref = String(here.value);
    const hash = ref.indexOf('#');
    const location = hash < 0 ? ref : ref.slice(0, hash);
    const pointer = hash < 0 ? '' : decoded(ref.slice(hash + 1));
    const file = location === '' ? place.file : this.locate(decoded(location), here);
    if (pointer !== '' && !pointer.startsWith('/')) {
      throw new Problem(
        here,
        `${show(ref)} is not a JSON pointer: expected "#/…", such as "#/components/schemas/Order"`,
      );
    }
    const keys = pointer.split('/').slice(1);
    const start: Place = { value: this.read(file, here), file, pointer: '' };
    const target = at(start, ...keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')));
    if (target.value === undefined) throw new Problem(here, `${show(ref)} does not exist`);
    return target;
  }

  /** The name of a file that a reference names, relative to the document's folder. */
  private locate(location: string, here: Place): string {
    if (REMOTE.test(location)) {
      throw new Problem(
        here,
        `${show(location)} is a remote reference, and nothing is fetched at synth: copy it to a file below the document's folder`,
      );
    }
    if (this.folder === undefined) {
      throw new Problem(
        here,
        `${show(location)} is a file, which a document from text cannot read: use McpOpenApi.fromFile()`,
      );
    }
    const path = resolve(this.folder, dirname(here.file), location);
    const outside = `${show(location)} is outside the document's folder: only files below it are read`;
    if (!isBelow(this.folder, path)) throw new Problem(here, outside);
    try {
      if (!isBelow(realpathSync(this.folder), realpathSync(path))) throw new Problem(here, outside);
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw new Problem(here, `cannot read ${show(location)}: ${(error as Error).message}`);
    }
    return relative(this.folder, path).split(sep).join('/');
  }

  private read(file: string, here: Place): unknown {
    if (!this.files.has(file)) {
      try {
        this.files.set(file, parseText(readFileSync(join(this.folder!, file), 'utf8')));
      } catch (error) {
        throw new Problem(here, `cannot read ${show(file)}: ${(error as Error).message}`);
      }
    }
    return this.files.get(file);
  }
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way.split(sep)[0] !== '..' && !isAbsolute(way);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
