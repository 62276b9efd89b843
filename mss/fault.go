package mss

import (
	"fmt"
	"strconv"
	"strings"
)

// Status codes: what an answer of HTTP 200 says.
const (
	RequestOK              = 100
	RegistrationOK         = 408
	SignatureMade          = 500 // produced, not validated
	RevokedCertificate     = 501
	ValidSignature         = 502 // produced, and validated by the MSSP
	InvalidSignature       = 503
	OutstandingTransaction = 504 // no error: ask again
	ConstraintMismatch     = 505 // FiCom
)

// Codes of faults (TS 102 204, section 7.11 and Annex).
const (
	WrongParam           = 101
	MissingParam         = 102
	WrongDataLength      = 103
	UnauthorizedAccess   = 104
	UnknownClient        = 105
	InappropriateData    = 107
	IncompatibleInterf   = 108
	UnsupportedProfile   = 109
	ExpiredTransaction   = 208
	OTAError             = 209
	UserCancel           = 401
	PINBlocked           = 402
	CardBlocked          = 403
	NoKeyFound           = 404
	NoURLFound           = 405
	PBSignatureProcess   = 406
	RegistrationNOK      = 407
	NoCertFound          = 422
	CRLProblem           = 423
	CRLExpired           = 424
	ErrorCertificate     = 425
	RoamingHeader        = 701
	IdentityIssuerHeader = 702
	HomeMSSPHeader       = 703
	InputMissing         = 710
	ValidityDatePassed   = 720
	RoamingUnavailable   = 750
	IssuerUnavailable    = 760
	HomeUnavailable      = 770
	PeerUnavailable      = 780
	InternalError        = 900
)

// Second codes of faults, of the FiCom guideline.
const (
	InvalidSpamCode     = 1011
	MissingSpamCode     = 1012
	WrongMode           = 1013
	UnknownService      = 1014
	DisplayNotSupported = 1015
	WrongEncoding       = 1016
	WrongFormat         = 1017
	MissingDisplay      = 1021
	MissingData         = 1022
	ProhibitedProfile   = 1041
	SuspendedUser       = 1045
	MalformedUser       = 1051
	UnknownUser         = 1052
	UnregisteredUser    = 1053
	IncompatibleSIM     = 1054
	ServerTimeout       = 2081
	UserTimeout         = 2082
	OTAUnknown          = 2091
	CardNotKnown        = 2092
	PhoneAbsent         = 2093
	CardCapabilities    = 2094
	Canceled            = 4011
	WrongPIN            = 4012
	Postponed           = 4013
	PINIsBlocked        = 4021
	PUKIsBlocked        = 4031
	KeyMissing          = 4041
	KeyUsage            = 4042
	RegistrationUnknown = 4071
	RegistrationServer  = 4072
	RegistrationCard    = 4073
	ServerError         = 9001
	SIMApplicationError = 9002
)

// codes are the names of statuses and faults, and whether the AP is at fault.
var codes = map[int]struct {
	name   string
	sender bool
}{
	RequestOK: {"REQUEST_OK", false}, RegistrationOK: {"REGISTRATION_OK", false},
	SignatureMade: {"SIGNATURE", false}, RevokedCertificate: {"REVOKED_CERTIFICATE", false}, ValidSignature: {"VALID_SIGNATURE", false},
	InvalidSignature: {"INVALID_SIGNATURE", false}, OutstandingTransaction: {"OUTSTANDING_TRANSACTION", false}, ConstraintMismatch: {"CONSTRAINT_MISMATCH", false},

	WrongParam: {"WRONG_PARAM", true}, MissingParam: {"MISSING_PARAM", true}, WrongDataLength: {"WRONG_DATA_LENGTH", true},
	UnauthorizedAccess: {"UNAUTHORIZED_ACCESS", true}, UnknownClient: {"UNKNOWN_CLIENT", true}, InappropriateData: {"INAPPROPRIATE_DATA", true},
	IncompatibleInterf: {"INCOMPATIBLE_INTERFACE", true},
	RoamingHeader:      {"ROAMING_HEADER_MISSING", true}, IdentityIssuerHeader: {"IDENTITY_ISSUER_MISSING", true}, HomeMSSPHeader: {"HOME_MSSP_MISSING", true},
	InputMissing: {"INPUT_MISSING", true}, ValidityDatePassed: {"VALIDITY_DATE_PASSED", true},

	UnsupportedProfile: {"UNSUPPORTED_PROFILE", false}, ExpiredTransaction: {"EXPIRED_TRANSACTION", false}, OTAError: {"OTA_ERROR", false},
	UserCancel: {"USER_CANCEL", false}, PINBlocked: {"PIN_NR_BLOCKED", false}, CardBlocked: {"CARD_BLOCKED", false}, NoKeyFound: {"NO_KEY_FOUND", false},
	NoURLFound: {"NO_URL_FOUND", false}, PBSignatureProcess: {"PB_SIGNATURE_PROCESS", false}, RegistrationNOK: {"REGISTRATION_NOK", false},
	NoCertFound: {"NO_CERT_FOUND", false}, CRLProblem: {"CRL_PB", false}, CRLExpired: {"CRL_EXPIRED", false}, ErrorCertificate: {"ERROR_CERTIFICATE", false},
	RoamingUnavailable: {"ROAMING_UNAVAILABLE", false}, IssuerUnavailable: {"IDENTITY_ISSUER_UNAVAILABLE", false}, HomeUnavailable: {"HOME_MSSP_UNAVAILABLE", false},
	PeerUnavailable: {"PEER_UNAVAILABLE", false}, InternalError: {"INTERNAL_ERROR", false},
}

// Name is the name of a status or of a fault, such as VALID_SIGNATURE; "" for a code that
// there is not.
func Name(code int) string { return codes[code].name }

// Fault is an answer that says why there is none of the other kind.
type Fault struct {
	Code   int    // of TS 102 204
	Second int    // of the FiCom guideline; 0 for none
	Detail string // a sentence for the AP's log
}

// Faultf makes a fault. The detail is a format.
func Faultf(code, second int, detail string, args ...any) *Fault {
	return &Fault{code, second, fmt.Sprintf(detail, args...)}
}

// Error implements error.
func (f *Fault) Error() string { return fmt.Sprintf("mss: %d %s: %s", f.Code, Name(f.Code), f.text()) }

// Sender says whether the AP is at fault.
func (f *Fault) Sender() bool { return codes[f.Code].sender }

// text is the content of Detail: the second code comes first, so that programs can read it.
func (f *Fault) text() string {
	if f.Second == 0 {
		return f.Detail
	}
	return strings.TrimSuffix(strconv.Itoa(f.Second)+": "+f.Detail, ": ")
}

// faultOf reads what text and a subcode have put apart.
func faultOf(subcode, text string) *Fault {
	f := &Fault{Detail: text}
	_, digits, _ := strings.Cut(subcode, "_")
	f.Code, _ = strconv.Atoi(digits)
	if head, rest, found := strings.Cut(text, ": "); found && len(head) == 4 {
		if n, err := strconv.Atoi(head); err == nil && n > 0 {
			f.Second, f.Detail = n, rest
		}
	} else if n, err := strconv.Atoi(text); err == nil && len(text) == 4 && n > 0 {
		f.Second, f.Detail = n, ""
	}
	return f
}
