// Package mss has the messages of mobile signatures: ETSI TS 102 204 V1.1.4, as SOAP 1.2 in
// the form of the Methics ("Kiuru") WSDL, and as the JSON that has the same names. A service
// provider (AP) asks a mobile signature service provider (MSSP) for a person's signature.
//
//	operation          request                response
//	MSS_Signature      [SignatureRequest]     [SignatureResponse]
//	MSS_StatusQuery    [StatusRequest]        [StatusResponse]
//	MSS_Receipt        [ReceiptRequest]       [ReceiptResponse]
//	MSS_Registration   [RegistrationRequest]  [RegistrationResponse]
//	MSS_ProfileQuery   [ProfileRequest]       [ProfileResponse]
//	MSS_Handshake      [HandshakeRequest]     [HandshakeResponse]
//	MSS_Notification   [StatusResponse]       [ReceiptRequest]      from the MSSP to the AP
//
// # Dialects
//
// Clients write the same message in different ways: the wrapper of an operation stands in no
// namespace or in that of the WSDL, the message in it is qualified or not, the content is
// application/soap+xml or text/xml, MSSP_TransID is an attribute or an element. So names are
// compared by their local part; [Dialect] keeps what a client did, and the answer does the
// same. SOAPAction is of no interest. JSON has one member at the top, which names the message;
// attributes and elements are members alike, and all values are strings.
//
// # Strictness
//
// Where a meaning could be read in two ways, nothing is read: an element that may stand once
// and stands twice, an attribute beside an element of its name, a member of a JSON object that
// comes twice. Document types, entities, and processing instructions are refused, and so are trees
// deeper than 32 and larger than 4096 elements. What a message says beyond this package is skipped.
//
// # Faults
//
// What cannot be answered is a [Fault]: a code of TS 102 204, with the second code of the
// FiCom guideline where there is one. The codes 106 and 600 to 603 are left out: their names
// are not certain.
//
// The package has no clock and no network, and decides nothing: whether a provider may ask,
// and what becomes of a request, is the business of a server.
package mss
