// Status values of RFC 6063, section 3.3.
export const statuses = [
  "Continue",
  "Success",
  "Abort",
  "AccessDenied",
  "MalformedRequest",
  "UnknownRequest",
  "UnknownCriticalExtension",
  "UnsupportedVersion",
  "NoSupportedKeyTypes",
  "NoSupportedEncryptionAlgorithms",
  "NoSupportedMacAlgorithms",
  "NoProtocolVariants",
  "NoSupportedKeyPackages",
  "AuthenticationDataMissing",
  "AuthenticationDataInvalid",
  "InitializationFailed",
  "ProvisioningPeriodExpired",
] as const;

export type Status = (typeof statuses)[number];

// parseStatus is undefined for a text that is no status.
export const parseStatus = (text: string): Status | undefined => statuses.find((s) => s === text);

// Advice is what a person can do about a status: texts are the business of the page.
export type Advice = "retry" | "new-code" | "check-code" | "update" | "ask";

// advice maps a failure. A new run may help after InitializationFailed; an expired period
// needs a new registration (section 3.3).
export function advice(status: Status): Advice {
  switch (status) {
    case "InitializationFailed":
      return "retry";
    case "ProvisioningPeriodExpired":
      return "new-code";
    case "AuthenticationDataMissing":
    case "AuthenticationDataInvalid":
      return "check-code";
    case "Abort":
    case "AccessDenied":
      return "ask";
    default:
      return "update";
  }
}
