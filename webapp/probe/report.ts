// What the probe reports. Every number is an aggregate: no report says what was
// typed, which key was pressed, where on the page, or how long a password is.

export interface Report {
  v: 1;
  seq: number; // of this page, from 1; a later report replaces an earlier one
  why: "load" | "submit" | "leave";
  device: Device;
  browser: Browser;
  automation: string[];
  tamper: Tamper;
  typing: Typing;
  pointer: Pointer;
  time: Times;
}

// What the hardware and the system look like.
export interface Device {
  screen: [number, number]; // CSS pixels
  ratio: number; // device pixels per CSS pixel
  depth: number; // bits per pixel
  cores: number; // 0: not told
  memory: number; // GiB as the browser rounds it; 0: not told
  touch: number; // points at once
  coarse: boolean; // the main pointer is a finger
  platform: string;
  zone: string; // IANA name
  offset: number; // minutes west of UTC
  graphics: string; // hash of the graphics card's name; "" when not told
  canvas: string; // hash of a drawing; "" when not allowed
}

// What the browser says of itself.
export interface Browser {
  agent: string;
  brands: string[];
  mobile: boolean;
  languages: string[];
  cookies: boolean;
  storage: boolean;
  window: [number, number];
}

// What has been changed in the page by others than the bank.
export interface Tamper {
  replaced: string[]; // functions of the browser that are not its own any more
  scripts: number; // scripts of other origins that were added after the load
  frames: number;
  fields: number; // input fields that were added after the load
  forms: number; // forms that would send to another origin
  policy: number; // violations of the content security policy
  framed: boolean; // the page is inside another one
}

// How keys are pressed. Count is a class, 2^n−1 at least: so it does not tell the
// length of what was typed.
export interface Typing {
  count: number;
  dwell: Spread; // key down to key up, ms
  flight: Spread; // key up to the next key down, ms
  pastes: number;
  filled: number; // fields that the browser filled in
  untrusted: number; // events that a program made
  silent: number; // fields that have a value though nobody entered one
}

// How the pointer moves.
export interface Pointer {
  moves: number;
  clicks: number;
  speed: Spread; // CSS pixels per second
  straight: number; // way as the crow flies ÷ way gone, 0–1; 0 without moves
  scrolls: number;
  kinds: string[]; // mouse, touch, pen
}

// Times in ms since the page began to load.
export interface Times {
  ready: number;
  first: number; // first key, click or touch; 0: none yet
  sent: number;
  hidden: number; // how long the page was not to be seen
  blurs: number; // times that another window got the keyboard
  trip: number; // shortest answer of the server that was seen; 0: none
}

// Mean and standard deviation, rounded.
export interface Spread {
  mean: number;
  sd: number;
}
