package mssserver

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"slices"

	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/mss"
)

// algorithms are those of the signatures that the cards make.
var algorithms = []string{"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"}

// handshake says what both sides can do. Messages are protected by TLS and are not signed one by
// one, so no secure method matches; of the certificates, those that are registered do.
func (s *Server) handshake(c *call, q *mss.HandshakeRequest) (mss.Message, error) {
	answer := &mss.HandshakeResponse{Base: s.answer(c), TransID: "h-" + c.base.AP.TransID}
	for _, a := range q.Algorithms {
		if slices.Contains(algorithms, a) && !slices.Contains(answer.Algorithms, a) {
			answer.Algorithms = append(answer.Algorithms, a)
		}
	}
	for _, der := range q.Certificates {
		x, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, mss.Faultf(mss.WrongParam, 0, "Certificate is none: X.509, DER in base64 is expected.")
		}
		same := func(other []byte) bool { return bytes.Equal(other, der) }
		if slices.Contains(c.provider.Pins, provider.Pin(sha256.Sum256(x.RawSubjectPublicKeyInfo))) && !slices.ContainsFunc(answer.APCertificates, same) {
			answer.APCertificates = append(answer.APCertificates, der)
		}
	}
	return answer, nil
}
