// Clock is the server's time, as this device knows it: codes and proofs depend on it, and
// phones can be wrong by hours.
export class Clock {
  // ahead is how many milliseconds the server is ahead of this device.
  constructor(
    private ahead = 0,
    private readonly device: () => number = () => Date.now(),
  ) {}

  // now is in milliseconds since 1970.
  now(): number {
    return this.device() + this.ahead;
  }

  unix(): number {
    return this.now() / 1000;
  }

  get offset(): number {
    return this.ahead;
  }

  // set takes the server's time from an answer. Half of the way there and back has gone by
  // since the server wrote it. It returns how far this clock was off, in milliseconds.
  set(server: number, asked: number): number {
    const read = this.device();
    const now = server + Math.max(0, read - asked) / 2;
    const off = now - this.now();
    this.ahead = Math.round(now - read);
    return off;
  }

  // read is the device's own time, for set.
  read(): number {
    return this.device();
  }
}
