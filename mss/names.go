package mss

// Namespaces.
const (
	Namespace     = "http://uri.etsi.org/TS102204/v1.1.2#" // stays 1.1.2 although the specification is 1.1.4
	WSDLNamespace = "http://uri.etsi.org/TS102204/etsi204-kiuru.wsdl"
	EnvelopeSpace = "http://www.w3.org/2003/05/soap-envelope"
	FiComSpace    = "http://mss.ficom.fi/TS102204/v1.0.0#"
	RoamingSpace  = "http://uri.etsi.org/TS102207/v1.1.2#"
	ReceiptSpace  = "http://www.swisscom.ch/TS102204/ext/v1.0.0"
	ProfileSpace  = "http://www.methics.fi/TS102204/ext/v1.0.0"
	signatureXML  = "http://www.w3.org/2000/09/xmldsig#"
	oldEnvelope   = "http://schemas.xmlsoap.org/soap/envelope/"
)

// Formats of signatures (MSS_Format).
const (
	FormatPKCS7       = Namespace + "PKCS7"
	FormatCMS         = Namespace + "CMS-Signature"
	FormatPKCS1       = FiComSpace + "PKCS1"
	FormatPKCS1Kiuru  = "http://www.methics.fi/KiuruMSSP/v3.2.0#PKCS1"
	MajorVersion      = 1
	MinorVersion      = 1
	MediaSOAP         = "application/soap+xml"
	MediaXML          = "text/xml"
	MediaJSON         = "application/json"
	maxElements       = 4096
	maxDepth          = 32
	wrapperOfResponse = "Response"
)

// Operation is an operation by its name in the WSDL.
type Operation string

// Operations.
const (
	Signature    Operation = "MSS_Signature"
	StatusQuery  Operation = "MSS_StatusQuery"
	Receipt      Operation = "MSS_Receipt"
	Registration Operation = "MSS_Registration"
	ProfileQuery Operation = "MSS_ProfileQuery"
	Handshake    Operation = "MSS_Handshake"
	Notification Operation = "MSS_Notification"
)

// Mode is a messaging mode (TS 102 204, section 6.2).
type Mode string

// Messaging modes.
const (
	Synch              Mode = "synch"              // the call is held until the person has decided
	AsynchClientServer Mode = "asynchClientServer" // the AP asks again; "asynch" in JSON
	AsynchServerServer Mode = "asynchServerServer" // the MSSP calls the AP
)

// names of the messages of each operation; a notification carries those of others.
var operations = []struct {
	op                Operation
	request, response string
}{
	{Signature, "MSS_SignatureReq", "MSS_SignatureResp"},
	{StatusQuery, "MSS_StatusReq", "MSS_StatusResp"},
	{Receipt, "MSS_ReceiptReq", "MSS_ReceiptResp"},
	{Registration, "MSS_RegistrationReq", "MSS_RegistrationResp"},
	{ProfileQuery, "MSS_ProfileReq", "MSS_ProfileResp"},
	{Handshake, "MSS_HandshakeReq", "MSS_HandshakeResp"},
	{Notification, "MSS_StatusResp", "MSS_ReceiptReq"},
}

// Operations lists the operations that an AP calls.
func Operations() []Operation {
	return []Operation{Signature, StatusQuery, Receipt, Registration, ProfileQuery, Handshake}
}
