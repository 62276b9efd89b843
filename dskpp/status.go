package dskpp

import "slices"

// Status is a status code of a response (RFC 6063, section 3.3).
type Status string

// All 17 status codes that IANA registers.
const (
	Continue                        Status = "Continue"
	Success                         Status = "Success"
	Abort                           Status = "Abort"
	AccessDenied                    Status = "AccessDenied"
	MalformedRequest                Status = "MalformedRequest"
	UnknownRequest                  Status = "UnknownRequest"
	UnknownCriticalExtension        Status = "UnknownCriticalExtension"
	UnsupportedVersion              Status = "UnsupportedVersion"
	NoSupportedKeyTypes             Status = "NoSupportedKeyTypes"
	NoSupportedEncryptionAlgorithms Status = "NoSupportedEncryptionAlgorithms"
	NoSupportedMacAlgorithms        Status = "NoSupportedMacAlgorithms"
	NoProtocolVariants              Status = "NoProtocolVariants"
	NoSupportedKeyPackages          Status = "NoSupportedKeyPackages"
	AuthenticationDataMissing       Status = "AuthenticationDataMissing"
	AuthenticationDataInvalid       Status = "AuthenticationDataInvalid"
	InitializationFailed            Status = "InitializationFailed"
	ProvisioningPeriodExpired       Status = "ProvisioningPeriodExpired"
)

// Statuses lists all status codes in the order of section 3.3.
func Statuses() []Status {
	return []Status{
		Continue, Success, Abort, AccessDenied, MalformedRequest, UnknownRequest, UnknownCriticalExtension,
		UnsupportedVersion, NoSupportedKeyTypes, NoSupportedEncryptionAlgorithms, NoSupportedMacAlgorithms,
		NoProtocolVariants, NoSupportedKeyPackages, AuthenticationDataMissing, AuthenticationDataInvalid,
		InitializationFailed, ProvisioningPeriodExpired,
	}
}

// Known tells whether the status is one of the 17.
func (s Status) Known() bool { return slices.Contains(Statuses(), s) }

// Failed tells whether the status ends a run without a key.
func (s Status) Failed() bool { return s != Continue && s != Success }

// FirstOnly tells whether the status may stand in the first response of a run
// only (section 3.3).
func (s Status) FirstOnly() bool {
	switch s {
	case UnsupportedVersion, NoSupportedKeyTypes, NoSupportedEncryptionAlgorithms, NoSupportedMacAlgorithms,
		NoProtocolVariants, NoSupportedKeyPackages:
		return true
	default:
		return false
	}
}
