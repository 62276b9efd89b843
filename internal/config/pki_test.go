package config_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/config"
)

// TestCertificatesNeedWhatTheyStandOn: what would keep certificates from being issued or verified is said before a node starts.
func TestCertificatesNeedWhatTheyStandOn(t *testing.T) {
	t.Parallel()
	good := func() config.Config {
		c := config.Default()
		c.Origin, c.Database.DSN, c.Keys.File = "bank.example", "sqlite:x.db", "x.key"
		c.PKI.EST = config.EST{URL: "https://ca.example/.well-known/est", CA: "ca.pem", User: "bank", Timeout: c.PKI.EST.Timeout}
		c.PKI.TSA.URL, c.PKI.TSA.CA = "https://tsa.example", "tsa.pem"
		return c
	}
	c := good()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	for path, change := range map[string]func(*config.PKI){
		"pki.est.url":      func(p *config.PKI) { p.EST.URL = "http://ca.example/.well-known/est" },
		"pki.est.ca":       func(p *config.PKI) { p.EST.CA = "" },
		"pki.est:":         func(p *config.PKI) { p.EST.User = "" },
		"pki.est.ocsp":     func(p *config.PKI) { p.EST.OCSP = "ldap://ca" },
		"pki.tsa.ca":       func(p *config.PKI) { p.TSA.CA = "" },
		"pki.policy":       func(p *config.PKI) { p.Policy = "software" },
		"pki.stamp_policy": func(p *config.PKI) { p.StampPolicy = "1" },
		"pki.country":      func(p *config.PKI) { p.Country = "no" },
	} {
		c := good()
		change(&c.PKI)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
