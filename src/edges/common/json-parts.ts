/** The text of a JSON answer in pieces, each made when it is asked for: written at once, megabytes keep everybody waiting. */
export class JsonParts {
  readonly texts: Iterable<string>;

  constructor(texts: Iterable<string>) {
    this.texts = texts;
  }
}
