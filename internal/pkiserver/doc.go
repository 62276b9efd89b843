// Package pkiserver serves what anybody may know of certificates, over HTTP.
//
//	POST /ocsp             an OCSP request (RFC 6960, appendix A.1)
//	GET  /ocsp/{request}   the same in base64; may be cached up to its nextUpdate (RFC 5019, section 6)
//	POST /tsa              a time-stamp request (RFC 3161, section 3.4)
//	GET  /pki/{n}.crl      the revocation list of authority n (RFC 5280, section 4.2.1.13)
//	GET  /pki/{n}.cer      its certificate (section 4.2.2.1)
//	GET  /pki/root.crl     the list of the root
//	GET  /pki/root.cer     the root; trust in it must come by another way
//
// Everything is signed, so the listener may speak plain HTTP: revocation could not be checked over TLS whose own certificate
// must be checked first. Paths are written into certificates and stay for ever.
//
// Nobody logs in. Whoever asks too much from one address gets status 429. Time-stamps are given to anybody who reaches the listener: they say nothing
// but that a hash was there, and what they cost is one signature.
//
// # Threats
//
// Floods: bounded by address and by the size of requests. Guessing of serial numbers: they have 127 random bits, and an unknown one is
// answered as such. Errors say nothing of the inside: a body of OCSP or of RFC 3161 has its code, others are plain texts.
package pkiserver
