package estclient

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/crypto/ocsp"
)

// Answer implements pki.Elsewhere: it asks the OCSP responder (RFC 6960, appendix A.1).
func (c *Client) Answer(ctx context.Context, leaf, issuer *x509.Certificate) ([]byte, error) {
	url := c.OCSPURL
	if url == "" && len(leaf.OCSPServer) > 0 {
		url = leaf.OCSPServer[0]
	}
	if url == "" || issuer == nil {
		return nil, errors.New("estclient: no OCSP responder is known")
	}
	request, err := ocsp.CreateRequest(leaf, issuer, nil)
	if err != nil {
		return nil, fmt.Errorf("estclient: %w", err)
	}
	a, err := c.send(ctx, query{method: http.MethodPost, url: url, kind: "application/ocsp-request", body: request, most: maxAnswer})
	return a.body, err
}

// List implements pki.Elsewhere: it fetches the list, DER or PEM; one is worked with for a few minutes.
func (c *Client) List(ctx context.Context, leaf *x509.Certificate) ([]byte, error) {
	url := c.ListURL
	if url == "" && len(leaf.CRLDistributionPoints) > 0 {
		url = leaf.CRLDistributionPoints[0]
	}
	if url == "" {
		return nil, errors.New("estclient: no revocation list is known")
	}
	a, err := c.kept(ctx, query{method: http.MethodGet, url: url, most: maxList})
	if block, _ := pem.Decode(a.body); block != nil {
		return block.Bytes, err
	}
	return a.body, err
}
