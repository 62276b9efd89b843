package pkiserver

import (
	"encoding/base64"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// body reads a request of a media type.
func body(r *http.Request, kind string) ([]byte, error) {
	if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || got != kind {
		return nil, fault.Invalidf("pki.media_type", "The Content-Type of a request is %s.", kind)
	}
	return io.ReadAll(http.MaxBytesReader(nil, r.Body, maxRequest))
}

// ask answers an OCSP request.
func (s *server) ask(r *http.Request) (reply, error) {
	request, err := body(r, typeOCSPRequest)
	if err != nil {
		return reply{}, err
	}
	out := s.respond(r, request)
	return reply{kind: out.kind, body: out.body}, nil
}

// askByAddress answers an OCSP request in base64 (RFC 6960, appendix A.1), as caches like it. Some clients escape the
// slashes, and some do not: both come here.
func (s *server) askByAddress(r *http.Request) (reply, error) {
	text := strings.TrimPrefix(r.URL.EscapedPath(), pki.PathOCSP+"/")
	text, err := url.PathUnescape(text)
	const most = 255 // octets of the request (section A.1)
	request, err2 := base64.StdEncoding.DecodeString(text)
	if err != nil || err2 != nil || len(request) > most {
		return reply{}, fault.Invalidf("pki.request", "An OCSP request in an address is base64 of at most %d bytes. Send longer ones by POST.", most)
	}
	return s.respond(r, request), nil
}

func (s *server) respond(r *http.Request, request []byte) reply {
	response, fresh, err := s.Authority.Respond(r.Context(), request)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "the status of a certificate could not be told", telemetry.Err(err))
	}
	return reply{typeOCSPResponse, response, fresh}
}

// stamp answers a time-stamp request.
func (s *server) stamp(r *http.Request) (reply, error) {
	request, err := body(r, typeStampRequest)
	if err != nil {
		return reply{}, err
	}
	response, err := s.Authority.RespondStamp(r.Context(), request)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "there is no time-stamp", telemetry.Err(err))
		if response == nil {
			return reply{}, err
		}
	}
	return reply{kind: typeStampResponse, body: response}, nil
}

// file answers with the list or the certificate of an authority.
func (s *server) file(r *http.Request) (reply, error) {
	name := r.PathValue("file")
	if number, ok := numbered(name, ".crl"); ok {
		der, fresh, err := s.Authority.RevocationList(r.Context(), number)
		return reply{typeList, der, fresh}, err
	}
	number, ok := numbered(name, ".cer")
	if !ok {
		return reply{}, nowhere()
	}
	return s.certificate(r, func(a pki.Authority) bool { return a.Number == number && a.Kind == pki.IssuingKind })
}

func numbered(name, ending string) (n int64, ok bool) {
	digits, ok := strings.CutSuffix(name, ending)
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, ok && err == nil && n > 0 && strconv.FormatInt(n, 10) == digits
}

func (s *server) rootList(r *http.Request) (reply, error) {
	der, fresh, err := s.Authority.RootList(r.Context())
	return reply{typeList, der, fresh}, err
}

// root answers with the root of the authority at work.
func (s *server) root(r *http.Request) (reply, error) {
	all, err := s.Authority.Authorities(r.Context())
	if err != nil {
		return reply{}, err
	}
	var number int64
	for _, a := range all {
		if a.Kind == pki.IssuingKind && a.State == pki.Active {
			number = a.Issuer
		}
	}
	return s.certificate(r, func(a pki.Authority) bool { return a.Number == number })
}

func (s *server) certificate(r *http.Request, is func(pki.Authority) bool) (reply, error) {
	all, err := s.Authority.Authorities(r.Context())
	if err != nil {
		return reply{}, err
	}
	for _, a := range all {
		if is(a) && a.Certificate != nil {
			return reply{kind: typeCertificate, body: a.Certificate.Raw}, nil
		}
	}
	return reply{}, nowhere()
}

func nowhere() error {
	return fault.NotFoundf("pki.nowhere", "There is nothing here.")
}
