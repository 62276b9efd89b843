// Offline says that no answer came: the network, or the server, is away.
export class Offline extends Error {
  constructor() {
    super("the server did not answer");
  }
}

// Refused is a fault that the server answered with. Its code is stable, and texts are chosen
// by it; the detail is the server's own sentence.
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly members: Record<string, unknown> = {},
  ) {
    super(`${status} ${code}`);
  }
}

// Unreadable is an answer that is not what this version of the app expects.
export class Unreadable extends Error {}
