// The mobile token's protocol: what pages and service workers import.
export { Client, type Options, type Order } from "./client";
export { CodeError, formatCode, parseCode, typedCode, type Code, type CodeFault } from "./code";
export { codeOf, type CodeInput } from "./generate";
export { Fault, type Cause } from "./fault";
export type { SharedKey } from "./fourpass";
export { permits, type Policy } from "./policy";
export type { Profile } from "./profile";
export type { Protection } from "./protection";
export { generate as generateTransportKeys } from "./rsa";
export { advice, statuses, type Advice, type Status } from "./status";
export type { KeyRef, Run, Storage, TokenKey } from "./storage";
export { readTrigger, type Trigger } from "./trigger";
