// Package mssserver serves mobile signatures to service providers: ETSI TS 102 204, as SOAP 1.2
// and as JSON. The messages are package mss, providers are package provider, and what a
// signature is, and who may be asked for one, is package mobileid; here they meet.
// docs/mobile-id/providers.md describes it for those who call it.
//
//	POST /soap/services/{port}                 SOAP; ports as in the WSDL, and as they are spelt elsewhere
//	POST /MSSP/services/{port}                 SOAP, at the addresses of another product
//	POST /rest/service[/{anything}]            JSON (and SOAP: the media type decides)
//
// The message says what is asked for, not the port: clients differ. Answers have the dialect of
// the request (type mss.Dialect). SOAPAction and Content-Encoding are of no interest.
//
// # A request
//
//	source     the rate of its address                             HTTP 429
//	form       media type, size, a message that can be read        HTTP 415, 413; 101, 102, 108
//	roaming    a header of TS 102 207                              780
//	provider   AP_ID, AP_PWD, certificate                          104
//	rate       of the provider                                     HTTP 429
//	interface  MajorVersion 1 or 2                                 108
//	instant    no more than ten minutes away                       101
//	operation  as below
//
// A fault is HTTP 500, as SOAP 1.2 has it (part 2, section 7.5.2.2); a status is HTTP 200.
//
// # Signatures
//
// What can be judged without knowing the person is judged here: mode, profile, format, encodings,
// lengths, services, the time. mobileid.Desk judges the rest, before anything leaves. MSSP_TransID
// is the handle of the transaction, which belongs to its provider: for another one it does not
// exist.
//
//	synch               the call is held until the person has decided, or the time is over
//	asynchClientServer  100 at once; MSS_StatusQuery answers 504 until there is more
//	asynchServerServer  100 at once; the answer goes to a registered address ([Notifier])
//
// The control code of package mobileid has no place in the specification. A provider asks for it by a service of ours, and where
// the policies want it chosen or typed, it must.
//
// # Outcomes
//
//	state         answer                      state          answer
//	asked         504                         wrong_pin      401 / 4012
//	delivered     504                         pin_blocked    402 / 4021, 403 / 4031
//	signed        504                         wrong_control  401 / 4011
//	valid         502, or 500 by the terms    timed_out      208 / 2081, 2082
//	invalid       503, 422, 423, 424, 425     undelivered    209 / 2091, 2092, 2093
//	revoked       501                         failed         404, 406, 209 / 2094, 900 / 9002
//	cancelled     401 / 4011                  withdrawn      208 / 2081
//	reported      401 / 4011                  postponed      401 / 4013
//
// # Threats
//
//   - A provider that probes numbers: unless it is entitled, a number that nobody has, one that
//     is suspended, on hold, or protected by a spam-prevention code runs out (208) like one that nobody answers.
//   - A provider that is not who it says: password and certificate, compared with what is registered.
//   - A replayed request: Instant, and AP_TransID, which is taken once in a month.
//   - Somebody else's transaction: MSSP_TransID is sealed, and belongs to its provider.
//   - Notifications as a way into the network: only registered addresses, no redirects, and the address is
//     checked after resolution (package reach).
//   - Hostile XML and JSON: package mss; bodies are bounded before they are read.
//   - Held calls: bounded by the time of the transaction, and by the node's connections; they end when it stops.
//   - Secrets: AP_PWD is in no log, error or answer; texts to be signed are not logged.
package mssserver
